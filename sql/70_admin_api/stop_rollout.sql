-- SPDX-License-Identifier: PostgreSQL
--
-- fota.stop_rollout: an active or paused rule is over, for good. Actions that it opened and
-- whose devices have not begun are cancelled at once; to the others the cancel is offered,
-- and a device past the point of no return may finish.

CREATE OR REPLACE FUNCTION fota.stop_rollout(rule text, at timestamptz DEFAULT now())
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_rule fota.rule := fota.find_rule(v_tenant, $1, '{active,paused}', 'stopped');
	v_action record;
	v_count int := 0;
BEGIN
	PERFORM fota.set_rule_state(v_tenant, v_rule.rule_id, 'stopped');
	FOR v_action IN
		SELECT d.device_id, a.action
		FROM fota.action a
		JOIN fota.device d ON d.tenant_id = v_tenant AND d.device_id = a.device_id
		WHERE a.tenant_id = v_tenant AND a.state = 'open' AND EXISTS (
			SELECT FROM fota.action_item i
			WHERE i.tenant_id = v_tenant AND i.device_id = a.device_id AND i.action = a.action
				AND i.rule_id = v_rule.rule_id
				AND i.state NOT IN ('confirmed', 'failed', 'declined', 'cancelled'))
		ORDER BY d.device_id
		FOR NO KEY UPDATE OF d
	LOOP
		PERFORM fota.supersede_action(v_tenant, v_action.device_id, v_action.action, false, $2);
		v_count := v_count + 1;
	END LOOP;
	PERFORM fota.add_event(v_tenant, 'rule_stopped', v_rule.rule_id, NULL,
		jsonb_build_object('rule', v_rule.name, 'open_actions', v_count), $2);
END
$$;

COMMENT ON FUNCTION fota.stop_rollout(text, timestamptz) IS
	'A rule is over: what its devices have not begun is cancelled, to the others a cancel is offered.';
