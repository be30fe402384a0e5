-- SPDX-License-Identifier: PostgreSQL
--
-- fota.find_rule: the rule of this name, locked against a second change of its state, or a
-- clear error. wanted: the states in which the caller can do its work.

CREATE OR REPLACE FUNCTION fota.find_rule(tenant_id int, rule text, wanted text[], verb text)
RETURNS fota.rule
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_rule fota.rule;
BEGIN
	SELECT r.* INTO v_rule FROM fota.rule r
	WHERE r.tenant_id = $1 AND r.name = $2 COLLATE "C"
	FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no rule "%"', coalesce($2, 'NULL')
			USING ERRCODE = 'P0002',
				DETAIL = format('Tenant %s has no rule of that name.', $1),
				HINT = 'SELECT name, state FROM fota.rule lists the rules.';
	END IF;
	IF v_rule.state <> ALL ($3) THEN
		RAISE EXCEPTION 'rule "%" is %, it cannot be %', $2, v_rule.state, $4
			USING ERRCODE = '55000',
				DETAIL = format('Only a rule that is %s can be %s.', array_to_string($3, ' or '), $4),
				HINT = CASE v_rule.state
					WHEN 'draft' THEN format('SELECT fota.start_rollout(%L) starts it; DELETE drops a draft.', $2)
					WHEN 'active' THEN format('SELECT fota.pause_rollout(%L) or fota.stop_rollout(%L) first.', $2, $2)
					WHEN 'paused' THEN format('SELECT fota.resume_rollout(%L) makes it active again.', $2)
					ELSE 'A stopped rule stays stopped; insert a new one.' END;
	END IF;
	RETURN v_rule;
END
$$;

COMMENT ON FUNCTION fota.find_rule(int, text, text[], text) IS
	'The rule of this name, locked; raises when there is none or it is in none of the states.';
