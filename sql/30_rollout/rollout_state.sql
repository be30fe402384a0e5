-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rollout_state: the waves of a rule that are open, how far each exposes it, and what
-- came of it. Wave 0 is that of a rule without waves; where there are waves it is at 0 %, so
-- that a rule whose first wave has not opened exposes nobody. Apart from fota.rollout, so
-- that editing a rollout never waits for the counting of reports. Written by functions.

CREATE TABLE fota.rollout_state (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	rule_id bigint NOT NULL,
	wave int NOT NULL CHECK (wave >= 0),
	percent numeric(5,2) CHECK (percent BETWEEN 0 AND 100),
	filter jsonpath,
	per_stratum boolean NOT NULL DEFAULT false,
	population bigint CHECK (population >= 0),
	opened_at timestamptz NOT NULL DEFAULT now(),
	braked_at timestamptz,
	accepted bigint NOT NULL DEFAULT 0,
	finished_at timestamptz,
	PRIMARY KEY (tenant_id, rule_id, wave),
	FOREIGN KEY (tenant_id, rule_id) REFERENCES fota.rule ON DELETE CASCADE,
	CHECK (num_nonnulls(percent, filter) = 1)
);

COMMENT ON TABLE fota.rollout_state IS 'Open waves of a rule: its exposure is their union.';
COMMENT ON COLUMN fota.rollout_state.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.rollout_state.rule_id IS 'Rule.';
COMMENT ON COLUMN fota.rollout_state.wave IS 'Wave; 0 for a rule without waves.';
COMMENT ON COLUMN fota.rollout_state.percent IS 'Devices whose fota.bucket is below 100 x percent are exposed.';
COMMENT ON COLUMN fota.rollout_state.filter IS 'Devices whose document passes it are exposed.';
COMMENT ON COLUMN fota.rollout_state.per_stratum IS 'The thresholds of fota.rollout_stratum say who is exposed.';
COMMENT ON COLUMN fota.rollout_state.population IS 'Devices in this wave and in no earlier one when it opened; NULL = not counted.';
COMMENT ON COLUMN fota.rollout_state.opened_at IS 'When it opened.';
COMMENT ON COLUMN fota.rollout_state.braked_at IS 'When it braked; NULL = it has not, or was resumed.';
COMMENT ON COLUMN fota.rollout_state.accepted IS 'Failed and lost devices that an operator accepted by resuming.';
COMMENT ON COLUMN fota.rollout_state.finished_at IS 'When it had come to its end: the next wave could open.';
