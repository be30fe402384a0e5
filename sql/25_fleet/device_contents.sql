-- SPDX-License-Identifier: PostgreSQL
--
-- fota.device_contents: what a device says it has. No row: unknown. present = false: absent.

CREATE TABLE fota.device_contents (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	device_id bigint NOT NULL,
	component text COLLATE "C" NOT NULL,
	present boolean NOT NULL,
	version text COLLATE "C",
	digest bytea CHECK (length(digest) BETWEEN 8 AND 32),
	slot int,
	reported_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, device_id, component),
	FOREIGN KEY (tenant_id, device_id) REFERENCES fota.device ON DELETE CASCADE
) WITH (fillfactor = 80);

COMMENT ON TABLE fota.device_contents IS 'What a device says it has.';
COMMENT ON COLUMN fota.device_contents.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.device_contents.device_id IS 'Device.';
COMMENT ON COLUMN fota.device_contents.component IS 'Component, as the device names it.';
COMMENT ON COLUMN fota.device_contents.present IS 'false: the device says that it has none.';
COMMENT ON COLUMN fota.device_contents.version IS 'Version that it reported, or that its confirmed update had.';
COMMENT ON COLUMN fota.device_contents.digest IS 'SHA-256 of the payload, or its first 8 bytes or more.';
COMMENT ON COLUMN fota.device_contents.slot IS 'Slot that it runs from.';
COMMENT ON COLUMN fota.device_contents.reported_at IS 'When it said so.';
