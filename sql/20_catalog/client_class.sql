-- SPDX-License-Identifier: PostgreSQL
--
-- fota.client_class: what the DDI clients of a model can take, by class, per tenant or, with
-- tenant_id 0, for all of them. A tenant's own row counts before that of tenant 0.

CREATE TABLE fota.client_class (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	client_class text COLLATE "C" NOT NULL CHECK (client_class ~ '^[a-z0-9-]{1,40}$'),
	max_chunks int CHECK (max_chunks > 0),
	max_artifacts int CHECK (max_artifacts > 0),
	name_like text CHECK (name_like ~ '^[A-Za-z0-9._%-]{1,100}$'),
	chunk_name text CHECK (chunk_name ~ '^[A-Za-z0-9._-]{1,64}$'),
	can_remove boolean NOT NULL DEFAULT false,
	description text NOT NULL DEFAULT '',
	PRIMARY KEY (tenant_id, client_class)
);

COMMENT ON TABLE fota.client_class IS 'What DDI clients of a class can take; tenant_id 0 holds the server-wide classes.';
COMMENT ON COLUMN fota.client_class.tenant_id IS 'Tenant, or 0 for every tenant that has no row of its own.';
COMMENT ON COLUMN fota.client_class.client_class IS 'Name of the class, as in fota.model.';
COMMENT ON COLUMN fota.client_class.max_chunks IS
	'Most items in one action; the rest come in the next ones. NULL = no limit.';
COMMENT ON COLUMN fota.client_class.max_artifacts IS
	'Most files in one action, of which each item has one. NULL = no limit.';
COMMENT ON COLUMN fota.client_class.name_like IS 'LIKE pattern of the names of the files that it takes, such as %.swu; NULL = any.';
COMMENT ON COLUMN fota.client_class.chunk_name IS 'Name of the part that it insists on; NULL = the component.';
COMMENT ON COLUMN fota.client_class.can_remove IS 'It can remove a component when told to.';
COMMENT ON COLUMN fota.client_class.description IS 'For people.';
