-- SPDX-License-Identifier: PostgreSQL
--
-- fota.component: a separately updatable part of a model, and how the bytes that devices
-- get are made of an image file.

CREATE TABLE fota.component (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	model text COLLATE "C" NOT NULL,
	component text COLLATE "C" NOT NULL CHECK (component ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
	kind text NOT NULL DEFAULT 'firmware' CHECK (kind IN ('firmware', 'asset', 'child')),
	payload text CHECK (payload IN ('file', 'flat')),
	base bigint CHECK (base BETWEEN 0 AND 4294967295),
	length bigint CHECK (length BETWEEN 1 AND 4294967296),
	fill smallint NOT NULL DEFAULT 255 CHECK (fill BETWEEN 0 AND 255),
	ordering text NOT NULL DEFAULT 'version' CHECK (ordering IN ('version', 'opaque')),
	joint boolean NOT NULL DEFAULT false,
	install_order int NOT NULL DEFAULT 0,
	ddi_attribute text,
	PRIMARY KEY (tenant_id, model, component),
	FOREIGN KEY (tenant_id, model) REFERENCES fota.model ON DELETE CASCADE
);

COMMENT ON TABLE fota.component IS 'A separately updatable part of a model.';
COMMENT ON COLUMN fota.component.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.component.model IS 'Model that has it.';
COMMENT ON COLUMN fota.component.component IS 'Name: app, bootloader, sounds, ..';
COMMENT ON COLUMN fota.component.kind IS 'firmware, asset, or child (a co-processor behind the device).';
COMMENT ON COLUMN fota.component.payload IS
	'What devices get: file, or flat [base, base + length); NULL = flat where the format has addresses.';
COMMENT ON COLUMN fota.component.base IS 'First address of a flat payload; NULL = the lowest in the image.';
COMMENT ON COLUMN fota.component.length IS 'Bytes of a flat payload; NULL = to the highest in the image.';
COMMENT ON COLUMN fota.component.fill IS 'Byte between the segments of a flat payload.';
COMMENT ON COLUMN fota.component.ordering IS
	'version, or opaque: any difference installs, nothing is newer or older.';
COMMENT ON COLUMN fota.component.joint IS 'May be installed together with others that need each other.';
COMMENT ON COLUMN fota.component.install_order IS 'Place within an action, then by name.';
COMMENT ON COLUMN fota.component.ddi_attribute IS
	'configData key that holds the version; NULL = fota.<component>.version.';
