-- SPDX-License-Identifier: PostgreSQL
--
-- fota.approve_rollout: the caller approves a draft as it is now. Where the setting `approval`
-- is on, another login can start it then, as long as it is not changed.

CREATE OR REPLACE FUNCTION fota.approve_rollout(rule text)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_rule fota.rule := fota.find_rule(v_tenant, $1, '{draft}', 'approved');
BEGIN
	PERFORM fota.check_rule_items(v_rule);
	INSERT INTO fota.rule_approval (tenant_id, rule_id, digest) VALUES (v_tenant, v_rule.rule_id, '')
	ON CONFLICT DO NOTHING;
	PERFORM fota.add_event(v_tenant, 'rule_approved', v_rule.rule_id, NULL,
		jsonb_build_object('rule', v_rule.name, 'login', session_user));
END
$$;

COMMENT ON FUNCTION fota.approve_rollout(text) IS 'The caller approves a draft as it is now, so that another may start it.';
