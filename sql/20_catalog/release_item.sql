-- SPDX-License-Identifier: PostgreSQL
--
-- fota.release_item: one component of a release. Version NULL: the component must be absent.

CREATE TABLE fota.release_item (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	release text COLLATE "C" NOT NULL,
	model text COLLATE "C" NOT NULL,
	component text COLLATE "C" NOT NULL,
	version text COLLATE "C",
	PRIMARY KEY (tenant_id, release, model, component),
	FOREIGN KEY (tenant_id, release) REFERENCES fota.release ON DELETE CASCADE,
	FOREIGN KEY (tenant_id, model, component) REFERENCES fota.component
);

COMMENT ON TABLE fota.release_item IS 'A version of a component in a release.';
COMMENT ON COLUMN fota.release_item.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.release_item.release IS 'Release.';
COMMENT ON COLUMN fota.release_item.model IS 'Model, or ''*'' for every model that has the component.';
COMMENT ON COLUMN fota.release_item.component IS 'Component of that model.';
COMMENT ON COLUMN fota.release_item.version IS 'Version that must be there; NULL = must be absent.';
