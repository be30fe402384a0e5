-- SPDX-License-Identifier: PostgreSQL
--
-- fota.start_rule: a draft that the caller has locked and found worth starting becomes active,
-- with its first wave when it has waves and its time has come.

CREATE OR REPLACE FUNCTION fota.start_rule(rule fota.rule, at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := ($1).tenant_id;
	v_rule fota.rule;
	v_waves boolean := EXISTS (SELECT FROM fota.wave w
		WHERE w.tenant_id = v_tenant AND w.rule_id = ($1).rule_id);
BEGIN
	PERFORM fota.check_rule_items($1);
	PERFORM fota.check_rule_tie($1);
	PERFORM fota.check_rule_mode($1);
	PERFORM fota.check_rule_windows($1, $2);
	v_rule := fota.set_rule_state(v_tenant, ($1).rule_id, 'active');
	IF v_waves THEN
		INSERT INTO fota.rollout (tenant_id, rule_id) VALUES (v_tenant, v_rule.rule_id) ON CONFLICT DO NOTHING;
	END IF;
	INSERT INTO fota.rollout_state (tenant_id, rule_id, wave, percent, opened_at)
	VALUES (v_tenant, v_rule.rule_id, 0, CASE WHEN v_waves THEN 0 ELSE 100 END, $2)
	ON CONFLICT DO NOTHING;
	PERFORM fota.add_event(v_tenant, 'rule_started', v_rule.rule_id, NULL,
		jsonb_build_object('rule', v_rule.name, 'release', v_rule.release), $2);
	IF v_waves THEN
		PERFORM fota.advance_waves(v_rule, $2);
		PERFORM fota.look_at_rollout(v_tenant, v_rule.rule_id, fota.next_look(v_rule, $2));
	END IF;
END
$$;

COMMENT ON FUNCTION fota.start_rule(fota.rule, timestamptz) IS 'A draft becomes active, and its first wave opens when it is time.';
