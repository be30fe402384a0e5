-- SPDX-License-Identifier: PostgreSQL
--
-- fota.tick_actions: what time brings about in the open actions of a tenant: devices that fetched bytes and then were
-- silent for lost_after of their poll intervals are lost, those that are silent for action_timeout expire, and what is
-- installed and uncontradicted for an hour is confirmed. It looks at those that are due, the longest due first, and
-- says when to look again: within the hour, so that a changed setting comes into force by then. Returns how many
-- events it wrote.

CREATE OR REPLACE FUNCTION fota.tick_actions(tenant_id int, at timestamptz)
RETURNS int
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_action fota.action;
	v_ends record;
	v_events int := 0;
BEGIN
	FOR v_action IN
		SELECT a.*
		FROM fota.action a
		JOIN fota.device d ON d.tenant_id = $1 AND d.device_id = a.device_id
		WHERE a.tenant_id = $1 AND a.state IN ('open', 'superseded') AND a.due_at <= $2
		ORDER BY a.due_at
		LIMIT 2000
		FOR NO KEY UPDATE OF d SKIP LOCKED
	LOOP
		-- The device may have reported since the loop began; from its lock on it cannot.
		SELECT a.* INTO v_action FROM fota.action a
		WHERE a.tenant_id = $1 AND a.device_id = v_action.device_id AND a.action = v_action.action
			AND a.state IN ('open', 'superseded');
		CONTINUE WHEN NOT FOUND;
		SELECT e.* INTO v_ends FROM fota.action_ends(v_action) e;
		IF v_ends.lost_at <= $2 THEN
			PERFORM fota.lose_action($1, v_action.device_id, v_action.action, $2);
			v_events := v_events + 1;
		ELSIF v_ends.expires_at <= $2 THEN
			PERFORM fota.expire_action($1, v_action.device_id, v_action.action, $2);
			v_events := v_events + 1;
		ELSE
			IF v_ends.settles_at <= $2 THEN
				PERFORM fota.settle_action($1, v_action.device_id, false, false, false, $2);
			END IF;
			UPDATE fota.action a
			SET due_at = least(v_ends.lost_at, v_ends.expires_at, $2 + interval '1 hour',
				CASE WHEN v_ends.settles_at > $2 THEN v_ends.settles_at END)
			WHERE a.tenant_id = $1 AND a.device_id = v_action.device_id AND a.action = v_action.action
				AND a.state IN ('open', 'superseded');
		END IF;
	END LOOP;
	RETURN v_events;
END
$$;

COMMENT ON FUNCTION fota.tick_actions(int, timestamptz) IS
	'Loses and expires silent devices, confirms what is installed; the number of events that it wrote.';
