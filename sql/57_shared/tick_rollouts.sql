-- SPDX-License-Identifier: PostgreSQL
--
-- fota.tick_rollouts: what time brings about in the rollouts of a tenant: brakes that a report could not pull since
-- another session was counting, and waves whose time has come. It looks at the rules that are due, and says when
-- to look again: when soak is over, later every second for each 10,000 devices that have to be counted, and within the
-- minute, so that a changed wave comes into force by then. Returns how many events it wrote.

CREATE OR REPLACE FUNCTION fota.tick_rollouts(tenant_id int, at timestamptz)
RETURNS int
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_rule fota.rule;
	v_due bigint;
	v_events int := 0;
BEGIN
	FOR v_due IN
		WITH due AS (
			DELETE FROM fota.rollout_due o
			USING (
				SELECT x.due_at, x.rule_id, x.due_no FROM fota.rollout_due x
				WHERE x.tenant_id = $1 AND x.rule_id IN (SELECT y.rule_id FROM fota.rollout_due y
					WHERE y.tenant_id = $1 AND y.due_at <= $2)
				FOR UPDATE SKIP LOCKED
			) k
			WHERE o.tenant_id = $1 AND o.due_at = k.due_at AND o.rule_id = k.rule_id AND o.due_no = k.due_no
			RETURNING o.rule_id
		)
		SELECT DISTINCT due.rule_id FROM due ORDER BY 1
	LOOP
		SELECT r.* INTO v_rule FROM fota.rule r
		WHERE r.tenant_id = $1 AND r.rule_id = v_due AND r.state = 'active' AND EXISTS (
			SELECT FROM fota.wave w WHERE w.tenant_id = $1 AND w.rule_id = r.rule_id);
		CONTINUE WHEN NOT FOUND;
		IF fota.brake_rollout($1, v_due, $2) THEN
			v_events := v_events + 1;
		ELSE
			v_events := v_events + fota.advance_waves(v_rule, $2);
		END IF;
		PERFORM fota.look_at_rollout($1, v_due, fota.next_look(v_rule, $2));
	END LOOP;
	RETURN v_events;
END
$$;

COMMENT ON FUNCTION fota.tick_rollouts(int, timestamptz) IS
	'Brakes and opens waves of a tenant; the number of events that it wrote.';
