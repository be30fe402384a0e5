-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rollout: brakes and budgets of a rule's staged exposure.

CREATE TABLE fota.rollout (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	rule_id bigint NOT NULL,
	lost_after int NOT NULL DEFAULT 3 CHECK (lost_after BETWEEN 1 AND 1000),
	max_open int CHECK (max_open > 0),
	max_starts_per_hour int CHECK (max_starts_per_hour > 0),
	min_failures int NOT NULL DEFAULT 1 CHECK (min_failures > 0),
	min_finished int NOT NULL DEFAULT 0 CHECK (min_finished >= 0),
	PRIMARY KEY (tenant_id, rule_id),
	FOREIGN KEY (tenant_id, rule_id) REFERENCES fota.rule ON DELETE CASCADE
);

COMMENT ON TABLE fota.rollout IS 'Brakes and budgets of a rule''s staged exposure.';
COMMENT ON COLUMN fota.rollout.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.rollout.rule_id IS 'Rule.';
COMMENT ON COLUMN fota.rollout.lost_after IS 'A device that fetched bytes and then is silent for so many poll intervals is lost.';
COMMENT ON COLUMN fota.rollout.max_open IS 'Most open actions at a time; NULL = no limit.';
COMMENT ON COLUMN fota.rollout.max_starts_per_hour IS 'Most devices that start in an hour; NULL = no limit.';
COMMENT ON COLUMN fota.rollout.min_failures IS 'Fewer failures never brake.';
COMMENT ON COLUMN fota.rollout.min_finished IS 'So many devices must have come to an end before the next wave.';
