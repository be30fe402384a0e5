-- SPDX-License-Identifier: PostgreSQL
--
-- fota.wave: one step of a rule's staged exposure.

CREATE TABLE fota.wave (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	rule_id bigint NOT NULL,
	wave int NOT NULL CHECK (wave BETWEEN 1 AND 100),
	percent numeric(7,2) CHECK (percent BETWEEN 0 AND 100),
	filter jsonpath,
	per_stratum boolean NOT NULL DEFAULT false,
	soak interval NOT NULL DEFAULT '0' CHECK (soak >= '0'),
	advance_at numeric(7,3) NOT NULL DEFAULT 0.95 CHECK (advance_at BETWEEN 0 AND 1),
	pause_at numeric(7,3) NOT NULL DEFAULT 0.05 CHECK (pause_at BETWEEN 0 AND 1),
	PRIMARY KEY (tenant_id, rule_id, wave),
	FOREIGN KEY (tenant_id, rule_id) REFERENCES fota.rule ON DELETE CASCADE,
	CHECK (num_nonnulls(percent, filter) = 1),
	CHECK (percent IS NOT NULL OR NOT per_stratum)
);

COMMENT ON TABLE fota.wave IS 'One step of a rule''s staged exposure.';
COMMENT ON COLUMN fota.wave.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.wave.rule_id IS 'Rule.';
COMMENT ON COLUMN fota.wave.wave IS 'Place in the order, from 1.';
COMMENT ON COLUMN fota.wave.percent IS 'Exposes this share of the rule''s devices.';
COMMENT ON COLUMN fota.wave.filter IS 'Exposes the devices whose document passes it.';
COMMENT ON COLUMN fota.wave.per_stratum IS 'Takes, and is judged by, the share of every model and year.';
COMMENT ON COLUMN fota.wave.soak IS 'Least time before the next wave.';
COMMENT ON COLUMN fota.wave.advance_at IS 'Share of successes that opens the next wave.';
COMMENT ON COLUMN fota.wave.pause_at IS 'Share of failures that brakes.';
