-- SPDX-License-Identifier: PostgreSQL
--
-- fota.set_rule_state: a rule gets another state; the only place where it does. Trigger check_rule_state knows
-- by the setting fota.rule_state, which is there for this one UPDATE, that what belongs to it is done.

CREATE OR REPLACE FUNCTION fota.set_rule_state(tenant_id int, rule_id bigint, state text)
RETURNS fota.rule
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_rule fota.rule;
BEGIN
	PERFORM set_config('fota.rule_state', concat_ws(' ', $1, $2, $3), true);
	UPDATE fota.rule r SET state = $3 WHERE r.tenant_id = $1 AND r.rule_id = $2 RETURNING r.* INTO v_rule;
	PERFORM set_config('fota.rule_state', '', true);
	RETURN v_rule;
END
$$;

COMMENT ON FUNCTION fota.set_rule_state(int, bigint, text) IS 'A rule gets another state; for the functions that do what belongs to it.';
