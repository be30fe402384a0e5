-- SPDX-License-Identifier: PostgreSQL
--
-- fota.advance_rollout: opens the next wave of an active rule now, whatever its soak and its
-- share of successes say. Returns the wave.

CREATE OR REPLACE FUNCTION fota.advance_rollout(rule text, at timestamptz DEFAULT now())
RETURNS int
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_rule fota.rule := fota.find_rule(v_tenant, $1, '{active}', 'advanced');
	v_last int;
	v_next int;
BEGIN
	PERFORM fota.lock_rollout(v_tenant, v_rule.rule_id);
	v_last := (SELECT max(s.wave) FROM fota.rollout_state s
		WHERE s.tenant_id = v_tenant AND s.rule_id = v_rule.rule_id);
	v_next := (SELECT min(w.wave) FROM fota.wave w
		WHERE w.tenant_id = v_tenant AND w.rule_id = v_rule.rule_id AND w.wave > v_last);
	IF v_next IS NULL THEN
		RAISE EXCEPTION 'rule "%" has no further wave', $1
			USING ERRCODE = '55000', DETAIL = CASE v_last WHEN 0 THEN 'It has no waves: all of its devices are exposed.'
				ELSE format('Wave %s, the last, is open.', v_last) END,
				HINT = 'INSERT INTO fota.wave adds a wave to a rule that has some.';
	END IF;
	UPDATE fota.rollout_state s SET finished_at = coalesce(s.finished_at, $2)
	WHERE s.tenant_id = v_tenant AND s.rule_id = v_rule.rule_id AND s.wave = v_last AND s.wave > 0;
	PERFORM fota.open_wave(v_rule, v_next, $2);
	RETURN v_next;
END
$$;

COMMENT ON FUNCTION fota.advance_rollout(text, timestamptz) IS 'Opens the next wave of an active rule now; the wave.';
