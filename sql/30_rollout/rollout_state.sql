-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rollout_state: the waves of a rule that are open, and how far each exposes it.
-- Wave 0 is that of a rule without waves. Apart from fota.rollout, so that editing a
-- rollout never waits for the counting of reports. Written by functions.

CREATE TABLE fota.rollout_state (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	rule_id bigint NOT NULL,
	wave int NOT NULL CHECK (wave >= 0),
	percent numeric(5,2) NOT NULL CHECK (percent BETWEEN 0 AND 100),
	opened_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, rule_id, wave),
	FOREIGN KEY (tenant_id, rule_id) REFERENCES fota.rule ON DELETE CASCADE
);

COMMENT ON TABLE fota.rollout_state IS 'Open waves of a rule: its exposure is their union.';
COMMENT ON COLUMN fota.rollout_state.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.rollout_state.rule_id IS 'Rule.';
COMMENT ON COLUMN fota.rollout_state.wave IS 'Wave; 0 for a rule without waves.';
COMMENT ON COLUMN fota.rollout_state.percent IS 'Devices whose fota.bucket is below 100 x percent are exposed.';
COMMENT ON COLUMN fota.rollout_state.opened_at IS 'When it opened.';
