-- SPDX-License-Identifier: PostgreSQL
--
-- fota.resume_rollout: a paused rule is active again. If it had braked, the devices that have
-- failed and were lost until now are accepted: it brakes again when as many more have.

CREATE OR REPLACE FUNCTION fota.resume_rollout(rule text, at timestamptz DEFAULT now())
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_rule fota.rule := fota.find_rule(v_tenant, $1, '{paused}', 'resumed');
BEGIN
	PERFORM fota.lock_rollout(v_tenant, v_rule.rule_id);
	IF EXISTS (SELECT FROM fota.rollout_state s
		WHERE s.tenant_id = v_tenant AND s.rule_id = v_rule.rule_id AND s.braked_at IS NOT NULL) THEN
		UPDATE fota.rollout_stratum t SET accepted = t.accepted + c.bad
		FROM fota.rollout_state s
		CROSS JOIN LATERAL fota.wave_counts(v_tenant, v_rule.rule_id, s.wave) c
		WHERE s.tenant_id = v_tenant AND s.rule_id = v_rule.rule_id AND t.tenant_id = v_tenant
			AND t.rule_id = v_rule.rule_id AND t.wave = s.wave AND t.model = c.model AND t.year = c.year
			AND c.bad > 0;
		UPDATE fota.rollout_state s
		SET braked_at = NULL, accepted = (
			SELECT count(x.failed_at) + count(x.lost_at) FROM fota.rollout_device x
			WHERE x.tenant_id = v_tenant AND x.rule_id = v_rule.rule_id AND x.wave = s.wave)
		WHERE s.tenant_id = v_tenant AND s.rule_id = v_rule.rule_id AND s.wave > 0;
	END IF;
	PERFORM fota.set_rule_state(v_tenant, v_rule.rule_id, 'active');
	PERFORM fota.look_at_rollout(v_tenant, v_rule.rule_id, $2);
	PERFORM fota.add_event(v_tenant, 'rule_resumed', v_rule.rule_id, NULL,
		jsonb_build_object('rule', v_rule.name), $2);
END
$$;

COMMENT ON FUNCTION fota.resume_rollout(text, timestamptz) IS
	'A paused rule is active again; failures until now no longer brake it.';
