-- SPDX-License-Identifier: PostgreSQL
--
-- fota.pause_rollout: an active rule covers no more devices for a while: those that have begun go on to
-- their end, no other begins, no wave opens.

CREATE OR REPLACE FUNCTION fota.pause_rollout(rule text, at timestamptz DEFAULT now())
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_rule fota.rule := fota.find_rule(v_tenant, $1, '{active}', 'paused');
BEGIN
	PERFORM fota.set_rule_state(v_tenant, v_rule.rule_id, 'paused');
	PERFORM fota.add_event(v_tenant, 'rule_paused', v_rule.rule_id, NULL,
		jsonb_build_object('rule', v_rule.name), $2);
END
$$;

COMMENT ON FUNCTION fota.pause_rollout(text, timestamptz) IS
	'An active rule is paused: what has begun goes on, nothing begins.';
