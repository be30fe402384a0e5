-- SPDX-License-Identifier: PostgreSQL
--
-- fota.lose_action: a device had fetched bytes and fell silent: its action is closed as lost
-- and counts against the rollouts of its items. When it returns it gets a new one.

CREATE OR REPLACE FUNCTION fota.lose_action(tenant_id int, device_id bigint, action int,
	at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	IF fota.close_silent($1, $2, $3, 'lost', $4) THEN
		PERFORM fota.add_event($1, 'device_lost', (
			SELECT min(o.rule_id)
			FROM fota.action_item i
			JOIN fota.rollout o ON o.tenant_id = $1 AND o.rule_id = i.rule_id
			WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3), $2, jsonb_build_object('action', $3), $4);
		PERFORM fota.count_closed($1, $2, $3, 'lost', $4);
	END IF;
END
$$;

COMMENT ON FUNCTION fota.lose_action(int, bigint, int, timestamptz) IS
	'Closes the action of a device that fetched bytes and fell silent.';
