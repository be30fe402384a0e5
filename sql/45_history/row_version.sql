-- SPDX-License-Identifier: PostgreSQL
--
-- fota.row_version: every version of every catalogue row, by the change that made it.

CREATE TABLE fota.row_version (
	tenant_id int NOT NULL,
	relation text COLLATE "C" NOT NULL,
	key text COLLATE "C" NOT NULL,
	change_no bigint NOT NULL,
	document jsonb,
	PRIMARY KEY (tenant_id, relation, key, change_no)
);
CREATE INDEX row_version_change_idx ON fota.row_version (tenant_id, change_no);

COMMENT ON TABLE fota.row_version IS 'Versions of catalogue rows.';
COMMENT ON COLUMN fota.row_version.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.row_version.relation IS 'Table, without schema.';
COMMENT ON COLUMN fota.row_version.key IS 'Primary key without the tenant, as a JSON array.';
COMMENT ON COLUMN fota.row_version.change_no IS 'Change that made the row so.';
COMMENT ON COLUMN fota.row_version.document IS 'The row as it became; NULL = deleted.';
