-- SPDX-License-Identifier: PostgreSQL
--
-- fota.row_version: every version of every catalogue row, by the change that made it. What
-- rows are searched by in the past (schema fota_past) is kept as columns.

CREATE TABLE fota.row_version (
	tenant_id int NOT NULL,
	relation text COLLATE "C" NOT NULL,
	key text COLLATE "C" NOT NULL,
	change_no bigint NOT NULL,
	document jsonb,
	model text COLLATE "C" GENERATED ALWAYS AS (document ->> 'model') STORED,
	rule_id bigint GENERATED ALWAYS AS ((document ->> 'rule_id')::bigint) STORED,
	device_id bigint GENERATED ALWAYS AS ((document ->> 'device_id')::bigint) STORED,
	PRIMARY KEY (tenant_id, relation, key, change_no)
);
CREATE INDEX row_version_change_idx ON fota.row_version (tenant_id, change_no);
CREATE INDEX row_version_model_idx ON fota.row_version (tenant_id, relation, model)
	WHERE relation IN ('model', 'rule', 'component', 'image', 'image_digest', 'release_item', 'rollout_stratum');
CREATE INDEX row_version_rule_idx ON fota.row_version (tenant_id, rule_id, relation) WHERE rule_id IS NOT NULL;
CREATE INDEX row_version_device_idx ON fota.row_version (tenant_id, device_id, relation) WHERE device_id IS NOT NULL;

COMMENT ON TABLE fota.row_version IS 'Versions of catalogue rows.';
COMMENT ON COLUMN fota.row_version.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.row_version.relation IS 'Table, without schema.';
COMMENT ON COLUMN fota.row_version.key IS 'Primary key without the tenant, as a JSON array.';
COMMENT ON COLUMN fota.row_version.change_no IS 'Change that made the row so.';
COMMENT ON COLUMN fota.row_version.document IS 'The row as it became; NULL = deleted.';
COMMENT ON COLUMN fota.row_version.model IS 'Column model of the row, where there is one.';
COMMENT ON COLUMN fota.row_version.rule_id IS 'Column rule_id of the row, where there is one.';
COMMENT ON COLUMN fota.row_version.device_id IS 'Column device_id of the row, where there is one.';
