-- SPDX-License-Identifier: PostgreSQL
--
-- fota.audit: who changed the catalogue and when, one row per commit and tenant, chained:
-- hash = SHA-256 of the previous hash and this row's text. What was changed is in
-- fota.row_version under change_no.

CREATE TABLE fota.audit (
	tenant_id int NOT NULL,
	epoch bigint NOT NULL,
	change_no bigint NOT NULL,
	at timestamptz NOT NULL,
	login name NOT NULL,
	application text,
	relations jsonb NOT NULL,
	hash bytea NOT NULL,
	PRIMARY KEY (tenant_id, epoch)
);

COMMENT ON TABLE fota.audit IS 'Who changed the catalogue and when.';
COMMENT ON COLUMN fota.audit.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.audit.epoch IS 'Epoch that the change made.';
COMMENT ON COLUMN fota.audit.change_no IS 'The change.';
COMMENT ON COLUMN fota.audit.at IS 'When it was committed.';
COMMENT ON COLUMN fota.audit.login IS 'Login that made it.';
COMMENT ON COLUMN fota.audit.application IS 'Its application_name.';
COMMENT ON COLUMN fota.audit.relations IS 'Rows changed per table.';
COMMENT ON COLUMN fota.audit.hash IS 'SHA-256 of the previous row''s hash and this row''s text.';
