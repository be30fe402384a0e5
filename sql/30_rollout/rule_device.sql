-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rule_device: when a rule has rows here, it covers no other devices.

CREATE TABLE fota.rule_device (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	rule_id bigint NOT NULL,
	device_id bigint NOT NULL,
	PRIMARY KEY (tenant_id, rule_id, device_id),
	FOREIGN KEY (tenant_id, rule_id) REFERENCES fota.rule ON DELETE CASCADE,
	FOREIGN KEY (tenant_id, device_id) REFERENCES fota.device ON DELETE CASCADE
);
CREATE INDEX rule_device_device_idx ON fota.rule_device (tenant_id, device_id);

COMMENT ON TABLE fota.rule_device IS 'Devices that a rule is narrowed to.';
COMMENT ON COLUMN fota.rule_device.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.rule_device.rule_id IS 'Rule.';
COMMENT ON COLUMN fota.rule_device.device_id IS 'Device.';
