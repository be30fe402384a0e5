-- SPDX-License-Identifier: PostgreSQL
--
-- fota.action_item: one component of an action: which image, by which rule, as which
-- bytes it travels, and how far it is.

CREATE TABLE fota.action_item (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	device_id bigint NOT NULL,
	action int NOT NULL,
	item int NOT NULL CHECK (item > 0),
	rule_id bigint NOT NULL,
	component text COLLATE "C" NOT NULL,
	verb text NOT NULL CHECK (verb IN ('install', 'remove')),
	image_model text COLLATE "C",
	version text COLLATE "C",
	build text COLLATE "C",
	payload_sha256 bytea,
	size bigint,
	from_version text COLLATE "C",
	from_digest bytea,
	state text NOT NULL DEFAULT 'offered' CHECK (state IN ('offered', 'downloading', 'downloaded',
		'installing', 'installed', 'confirmed', 'failed', 'declined', 'cancelled')),
	try int NOT NULL DEFAULT 0,
	tried_at timestamptz,
	format int[],
	transfer_sha256 bytea,
	transfer_bytes bigint,
	base bytea,
	code int,
	reason text,
	polls int NOT NULL DEFAULT 0,
	forgiven boolean NOT NULL DEFAULT false,
	changed_at timestamptz NOT NULL,
	installed_at timestamptz,
	closed_at timestamptz,
	tried jsonb,
	PRIMARY KEY (tenant_id, device_id, action, item),
	FOREIGN KEY (tenant_id, device_id, action) REFERENCES fota.action ON DELETE CASCADE
) WITH (fillfactor = 80);
CREATE INDEX action_item_rule_idx ON fota.action_item (tenant_id, rule_id)
	WHERE state NOT IN ('confirmed', 'failed', 'declined', 'cancelled');

COMMENT ON TABLE fota.action_item IS 'One component of an action.';
COMMENT ON COLUMN fota.action_item.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.action_item.device_id IS 'Device.';
COMMENT ON COLUMN fota.action_item.action IS 'Action of the device.';
COMMENT ON COLUMN fota.action_item.item IS 'Place in the order of installing, from 1.';
COMMENT ON COLUMN fota.action_item.rule_id IS 'Rule that won the component.';
COMMENT ON COLUMN fota.action_item.component IS 'Component.';
COMMENT ON COLUMN fota.action_item.verb IS 'install or remove.';
COMMENT ON COLUMN fota.action_item.image_model IS 'Model of the image: the device''s, or ''*''.';
COMMENT ON COLUMN fota.action_item.version IS 'Version to install; NULL = remove.';
COMMENT ON COLUMN fota.action_item.build IS 'Build to install.';
COMMENT ON COLUMN fota.action_item.payload_sha256 IS 'What the component must be afterwards.';
COMMENT ON COLUMN fota.action_item.size IS 'Bytes of it.';
COMMENT ON COLUMN fota.action_item.from_version IS 'Version that the device had when the action was opened.';
COMMENT ON COLUMN fota.action_item.from_digest IS 'Digest that it had then.';
COMMENT ON COLUMN fota.action_item.state IS
	'offered downloading downloaded installing installed confirmed / failed declined cancelled.';
COMMENT ON COLUMN fota.action_item.try IS 'Raised when a delta could not be applied and the full image follows.';
COMMENT ON COLUMN fota.action_item.tried_at IS 'When try was raised; reports from before are of the try before.';
COMMENT ON COLUMN fota.action_item.format IS 'How it travels: {0} as it is, else a delta format and its parameters.';
COMMENT ON COLUMN fota.action_item.transfer_sha256 IS 'The blob that travels.';
COMMENT ON COLUMN fota.action_item.transfer_bytes IS 'Bytes of that blob.';
COMMENT ON COLUMN fota.action_item.base IS 'Digest of the payload that a delta starts from.';
COMMENT ON COLUMN fota.action_item.code IS 'Last code that the device gave.';
COMMENT ON COLUMN fota.action_item.reason IS 'Why it ended as it did.';
COMMENT ON COLUMN fota.action_item.polls IS 'Check-ins since it was installed that did not contradict it.';
COMMENT ON COLUMN fota.action_item.forgiven IS 'fota.clear_failures has taken this failure back.';
COMMENT ON COLUMN fota.action_item.changed_at IS 'When its state changed last.';
COMMENT ON COLUMN fota.action_item.installed_at IS 'When the device said that it is installed.';
COMMENT ON COLUMN fota.action_item.closed_at IS 'When it became final.';
COMMENT ON COLUMN fota.action_item.tried IS 'The delta that could not be applied: format, sha256, bytes, base; NULL = none was given up.';
