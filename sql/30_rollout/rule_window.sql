-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rule_window: when devices may install. Rows are a union.

CREATE TABLE fota.rule_window (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	rule_id bigint NOT NULL,
	days int[] NOT NULL DEFAULT '{1,2,3,4,5,6,7}' CHECK (days <@ '{1,2,3,4,5,6,7}' AND cardinality(days) > 0),
	opens time NOT NULL,
	closes time NOT NULL,
	PRIMARY KEY (tenant_id, rule_id, days, opens, closes),
	FOREIGN KEY (tenant_id, rule_id) REFERENCES fota.rule ON DELETE CASCADE
);

COMMENT ON TABLE fota.rule_window IS 'When devices may install.';
COMMENT ON COLUMN fota.rule_window.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.rule_window.rule_id IS 'Rule.';
COMMENT ON COLUMN fota.rule_window.days IS 'Days of the week, 1 Monday to 7 Sunday, on which it opens.';
COMMENT ON COLUMN fota.rule_window.opens IS 'Local time at which it opens.';
COMMENT ON COLUMN fota.rule_window.closes IS 'Local time at which it closes; not after opens: past midnight.';
