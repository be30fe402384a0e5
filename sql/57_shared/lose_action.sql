-- SPDX-License-Identifier: PostgreSQL
--
-- fota.lose_action: a device had fetched bytes and fell silent: its action is closed as lost
-- and counts against the rollouts of its items. When it returns it gets a new one.

CREATE OR REPLACE FUNCTION fota.lose_action(tenant_id int, device_id bigint, action int, rule_id bigint,
	at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	IF fota.close_silent($1, $2, $3, 'lost', $5) THEN
		PERFORM fota.add_event($1, 'device_lost', $4, $2, jsonb_build_object('action', $3), $5);
		PERFORM fota.count_closed($1, $2, $3, 'lost', $5);
	END IF;
END
$$;

COMMENT ON FUNCTION fota.lose_action(int, bigint, int, bigint, timestamptz) IS
	'Closes the action of a device that fetched bytes and fell silent.';
