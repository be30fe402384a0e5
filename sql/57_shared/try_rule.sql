-- SPDX-License-Identifier: PostgreSQL
--
-- fota.try_rule: a rule becomes active, for all of its devices at once. Only for what is thrown
-- away afterwards.

CREATE OR REPLACE FUNCTION fota.try_rule(rule fota.rule)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	PERFORM fota.check_rule_items($1);
	PERFORM fota.set_rule_state(($1).tenant_id, ($1).rule_id, 'active');
	INSERT INTO fota.rollout_state (tenant_id, rule_id, wave, percent)
	VALUES (($1).tenant_id, ($1).rule_id, 0, 100)
	ON CONFLICT (tenant_id, rule_id, wave) DO UPDATE SET percent = 100;
END
$$;

COMMENT ON FUNCTION fota.try_rule(fota.rule) IS 'A rule becomes active for all of its devices; for what is thrown away afterwards.';
