-- SPDX-License-Identifier: PostgreSQL
--
-- fota.device_seen: when a device was last in contact; narrow, since it changes often.

CREATE TABLE fota.device_seen (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	device_id bigint NOT NULL,
	seen_at timestamptz NOT NULL,
	protocol text NOT NULL,
	PRIMARY KEY (tenant_id, device_id)
) WITH (fillfactor = 70);

COMMENT ON TABLE fota.device_seen IS 'Last contact of a device.';
COMMENT ON COLUMN fota.device_seen.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.device_seen.device_id IS 'Device.';
COMMENT ON COLUMN fota.device_seen.seen_at IS 'When a front-end last heard of it.';
COMMENT ON COLUMN fota.device_seen.protocol IS 'https, ddi or coaps.';
