-- SPDX-License-Identifier: PostgreSQL
--
-- fota.resume_rollout: a paused rule is active again.

CREATE OR REPLACE FUNCTION fota.resume_rollout(rule text)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_rule fota.rule := fota.find_rule(v_tenant, $1, '{paused}', 'resumed');
BEGIN
	UPDATE fota.rule r SET state = 'active'
	WHERE r.tenant_id = v_tenant AND r.rule_id = v_rule.rule_id;
	PERFORM fota.add_event(v_tenant, 'rule_resumed', v_rule.rule_id, NULL,
		jsonb_build_object('rule', v_rule.name));
END
$$;

COMMENT ON FUNCTION fota.resume_rollout(text) IS 'A paused rule is active again.';
