-- SPDX-License-Identifier: PostgreSQL
--
-- fota.device_report_state: what else a device told when it checked in, and the number of
-- its last action.

CREATE TABLE fota.device_report_state (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	device_id bigint NOT NULL,
	inventory bytea,
	accept jsonb,
	ram bigint GENERATED ALWAYS AS ((accept ->> 'ram')::bigint) STORED,
	flags bigint GENERATED ALWAYS AS ((accept ->> 'flags')::bigint) STORED,
	block bigint GENERATED ALWAYS AS ((accept ->> 'block')::bigint) STORED,
	space bigint GENERATED ALWAYS AS ((accept ->> 'space')::bigint) STORED,
	power jsonb,
	hw text,
	mode text,
	reported_at timestamptz,
	config_at timestamptz,
	last_action int NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, device_id),
	FOREIGN KEY (tenant_id, device_id) REFERENCES fota.device ON DELETE CASCADE
) WITH (fillfactor = 80);

COMMENT ON TABLE fota.device_report_state IS 'Capabilities and state that a device reported.';
COMMENT ON COLUMN fota.device_report_state.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.device_report_state.device_id IS 'Device.';
COMMENT ON COLUMN fota.device_report_state.inventory IS 'Tag over contents and accept; another one: send them again.';
COMMENT ON COLUMN fota.device_report_state.accept IS 'Transfer formats and limits, {"formats", "ram", "flags", ..}.';
COMMENT ON COLUMN fota.device_report_state.ram IS 'Bytes that a decoder may use.';
COMMENT ON COLUMN fota.device_report_state.flags IS '1 two slots, 2 in place, 4 can stage a patch in flash.';
COMMENT ON COLUMN fota.device_report_state.block IS 'Largest block that it takes.';
COMMENT ON COLUMN fota.device_report_state.space IS 'Most bytes of one transfer.';
COMMENT ON COLUMN fota.device_report_state.power IS 'Battery in percent and mains, as it said.';
COMMENT ON COLUMN fota.device_report_state.hw IS 'Hardware id, which chooses the build.';
COMMENT ON COLUMN fota.device_report_state.mode IS 'Protocol family that reported last: native or ddi.';
COMMENT ON COLUMN fota.device_report_state.reported_at IS 'When it reported last.';
COMMENT ON COLUMN fota.device_report_state.config_at IS 'When its configData came last.';
COMMENT ON COLUMN fota.device_report_state.last_action IS 'Number of its newest action.';
