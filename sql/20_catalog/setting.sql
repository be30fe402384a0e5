-- SPDX-License-Identifier: PostgreSQL
--
-- fota.setting: limits and intervals, per tenant or, with tenant_id 0, for all of them.

CREATE TABLE fota.setting (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	name text COLLATE "C" NOT NULL CHECK (name ~ '^[a-z_]{1,40}$'),
	value text NOT NULL,
	PRIMARY KEY (tenant_id, name)
);

COMMENT ON TABLE fota.setting IS 'Limits and intervals; tenant_id 0 holds the server-wide defaults.';
COMMENT ON COLUMN fota.setting.tenant_id IS 'Tenant, or 0 for every tenant that has no row of its own.';
COMMENT ON COLUMN fota.setting.name IS 'Name of the setting: one that a row of tenant 0 has.';
COMMENT ON COLUMN fota.setting.value IS 'Value as text: an interval, a number of bytes, a time zone.';
