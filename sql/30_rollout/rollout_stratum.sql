-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rollout_stratum: of a wave that takes its share of every model and year: up to which
-- hash each of them is exposed. Stored when the wave opens, never lowered. Written by functions.

CREATE TABLE fota.rollout_stratum (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	rule_id bigint NOT NULL,
	wave int NOT NULL,
	model text COLLATE "C" NOT NULL,
	year int NOT NULL,
	threshold bigint NOT NULL CHECK (threshold BETWEEN -1 AND 4294967295),
	population bigint NOT NULL CHECK (population >= 0),
	accepted bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, rule_id, wave, model, year),
	FOREIGN KEY (tenant_id, rule_id, wave) REFERENCES fota.rollout_state ON DELETE CASCADE
);

COMMENT ON TABLE fota.rollout_stratum IS 'How far a wave exposes each model and year.';
COMMENT ON COLUMN fota.rollout_stratum.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.rollout_stratum.rule_id IS 'Rule.';
COMMENT ON COLUMN fota.rollout_stratum.wave IS 'Wave.';
COMMENT ON COLUMN fota.rollout_stratum.model IS 'Model of the devices.';
COMMENT ON COLUMN fota.rollout_stratum.year IS 'Their year of manufacture; -1 = none.';
COMMENT ON COLUMN fota.rollout_stratum.threshold IS
	'Devices whose 4-byte hash of seed and name is not above it are exposed; -1 = none.';
COMMENT ON COLUMN fota.rollout_stratum.population IS 'Devices in this wave and in no earlier one when it opened.';
COMMENT ON COLUMN fota.rollout_stratum.accepted IS 'Failed and lost devices that an operator accepted by resuming.';
