-- SPDX-License-Identifier: PostgreSQL
--
-- fota.model: a product code. Every tenant has the model '*', which stands for all models.

CREATE TABLE fota.model (
	tenant_id int NOT NULL DEFAULT fota.current_tenant() REFERENCES fota.tenant,
	model text COLLATE "C" NOT NULL CHECK (model = '*' OR model ~ '^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,63}$'),
	description text NOT NULL DEFAULT '',
	poll_every interval NOT NULL DEFAULT '1 h' CHECK (poll_every >= '1 s' AND poll_every <= '1 day'),
	poll_active interval NOT NULL DEFAULT '1 min' CHECK (poll_active >= '1 s' AND poll_active <= '1 day'),
	time_zone text,
	unknown_contents text NOT NULL DEFAULT 'install' CHECK (unknown_contents IN ('install', 'wait')),
	client_class text COLLATE "C" CHECK (client_class ~ '^[a-z0-9-]{1,40}$'),
	max_image_bytes bigint CHECK (max_image_bytes > 0),
	allowed_formats text[],
	compatible text[],
	PRIMARY KEY (tenant_id, model)
) WITH (fillfactor = 20);

COMMENT ON TABLE fota.model IS 'A product code; devices of one model have the same components.';
COMMENT ON COLUMN fota.model.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.model.model IS 'Product code; ''*'' stands for all models of the tenant.';
COMMENT ON COLUMN fota.model.description IS 'For people.';
COMMENT ON COLUMN fota.model.poll_every IS 'How often an idle device checks in.';
COMMENT ON COLUMN fota.model.poll_active IS 'How often a device checks in that has something to do.';
COMMENT ON COLUMN fota.model.time_zone IS 'Time zone of its devices, where they have none.';
COMMENT ON COLUMN fota.model.unknown_contents IS
	'What to do with a component whose contents are unknown: install, or wait until reported.';
COMMENT ON COLUMN fota.model.client_class IS 'Class of its DDI clients, as in fota.client_class; NULL = native clients.';
COMMENT ON COLUMN fota.model.max_image_bytes IS 'Largest image that is accepted; NULL = no limit.';
COMMENT ON COLUMN fota.model.allowed_formats IS 'Image formats that are accepted; NULL = all.';
COMMENT ON COLUMN fota.model.compatible IS
	'Hardware ids and product names by which image files may name this model; NULL = any.';
