-- SPDX-License-Identifier: PostgreSQL
--
-- fota.history_edge: from which instant on the past of a tenant can be told, when what was before
-- has been dropped (fota.drop_history). No row: from its first change on.

CREATE TABLE fota.history_edge (
	tenant_id int PRIMARY KEY REFERENCES fota.tenant,
	at timestamptz NOT NULL
);

COMMENT ON TABLE fota.history_edge IS 'From when on the past of a tenant can be told.';
COMMENT ON COLUMN fota.history_edge.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.history_edge.at IS 'The earliest instant.';
