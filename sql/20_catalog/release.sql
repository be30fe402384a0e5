-- SPDX-License-Identifier: PostgreSQL
--
-- fota.release: a named set of items, each a version of a component, that rules point at.

CREATE TABLE fota.release (
	tenant_id int NOT NULL DEFAULT fota.current_tenant() REFERENCES fota.tenant,
	release text COLLATE "C" NOT NULL CHECK (release ~ '^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,99}$'),
	note text NOT NULL DEFAULT '',
	PRIMARY KEY (tenant_id, release)
) WITH (fillfactor = 20);

COMMENT ON TABLE fota.release IS 'A named set of versions.';
COMMENT ON COLUMN fota.release.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.release.release IS 'Its name.';
COMMENT ON COLUMN fota.release.note IS 'For people.';
