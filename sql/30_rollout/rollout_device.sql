-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rollout_device: which devices a rule has reached, and what came of them. A device
-- counts once in each of started, succeeded, failed and lost that it ever entered, and never
-- leaves it: so the counts only grow, in whatever order reports come. Written by functions.

CREATE TABLE fota.rollout_device (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	rule_id bigint NOT NULL,
	device_id bigint NOT NULL,
	wave int NOT NULL,
	model text COLLATE "C" NOT NULL,
	year int NOT NULL,
	started_at timestamptz NOT NULL,
	succeeded_at timestamptz,
	failed_at timestamptz,
	lost_at timestamptz,
	postponed_at timestamptz,
	PRIMARY KEY (tenant_id, rule_id, device_id),
	FOREIGN KEY (tenant_id, rule_id) REFERENCES fota.rule ON DELETE CASCADE,
	FOREIGN KEY (tenant_id, device_id) REFERENCES fota.device ON DELETE CASCADE
);
CREATE INDEX rollout_device_wave_idx ON fota.rollout_device (tenant_id, rule_id, wave, model, year);
CREATE INDEX rollout_device_bad_idx ON fota.rollout_device (tenant_id, rule_id, wave, model, year)
	WHERE failed_at IS NOT NULL OR lost_at IS NOT NULL;
CREATE INDEX rollout_device_started_idx ON fota.rollout_device (tenant_id, rule_id, started_at);
CREATE INDEX rollout_device_device_idx ON fota.rollout_device (tenant_id, device_id);

COMMENT ON TABLE fota.rollout_device IS 'Devices that a rule has reached, and what came of them.';
COMMENT ON COLUMN fota.rollout_device.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.rollout_device.rule_id IS 'Rule.';
COMMENT ON COLUMN fota.rollout_device.device_id IS 'Device.';
COMMENT ON COLUMN fota.rollout_device.wave IS 'First open wave that exposed it when it started.';
COMMENT ON COLUMN fota.rollout_device.model IS 'Its model then.';
COMMENT ON COLUMN fota.rollout_device.year IS 'Its year of manufacture then; -1 = none.';
COMMENT ON COLUMN fota.rollout_device.started_at IS 'When its first action with an item of the rule opened.';
COMMENT ON COLUMN fota.rollout_device.succeeded_at IS 'When every component that the rule won was at its target.';
COMMENT ON COLUMN fota.rollout_device.failed_at IS 'When an action with an item of the rule first ended failed.';
COMMENT ON COLUMN fota.rollout_device.lost_at IS 'When it was first given up: it had fetched bytes and fell silent.';
COMMENT ON COLUMN fota.rollout_device.postponed_at IS 'When its user first postponed; max_postpone counts from there.';
