-- SPDX-License-Identifier: PostgreSQL
--
-- fota.tick_rollouts: what time brings about in the rollouts of a tenant: devices that fetched
-- bytes and then were silent for lost_after of their poll intervals are lost; brakes that a
-- report could not pull since another session was counting; waves that are due. A
-- postponement or deferral is no silence. Returns how many events it wrote.

CREATE OR REPLACE FUNCTION fota.tick_rollouts(tenant_id int, at timestamptz)
RETURNS int
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_lost record;
	v_rule fota.rule;
	v_events int := 0;
BEGIN
	FOR v_lost IN
		SELECT d.device_id, a.action, l.rule_id
		FROM fota.action a
		JOIN fota.device d ON d.tenant_id = $1 AND d.device_id = a.device_id
		LEFT JOIN fota.device_seen s ON s.tenant_id = $1 AND s.device_id = a.device_id
		CROSS JOIN LATERAL (
			SELECT min(o.lost_after) AS polls, min(o.rule_id) AS rule_id
			FROM fota.action_item i
			JOIN fota.rollout o ON o.tenant_id = $1 AND o.rule_id = i.rule_id
			WHERE i.tenant_id = $1 AND i.device_id = a.device_id AND i.action = a.action
		) l
		WHERE a.tenant_id = $1 AND a.state IN ('open', 'superseded') AND a.seen_at < $2
			AND greatest(a.seen_at, s.seen_at, a.deferred_until, d.postponed_until)
				<= $2 - make_interval(secs => l.polls::float8 * a.poll)
			AND (EXISTS (
					SELECT FROM fota.action_item i
					WHERE i.tenant_id = $1 AND i.device_id = a.device_id AND i.action = a.action
						AND (i.state IN ('downloading', 'downloaded', 'installing', 'installed') OR i.try > 0))
				OR EXISTS (
					SELECT FROM fota.report p
					WHERE p.tenant_id = $1 AND p.opened_at = a.opened_at AND p.device_id = a.device_id
						AND p.action = a.action AND (p.bytes > 0 OR p.state = 1)))
		ORDER BY d.device_id
		LIMIT 1000
		FOR NO KEY UPDATE OF d SKIP LOCKED
	LOOP
		PERFORM fota.lose_action($1, v_lost.device_id, v_lost.action, v_lost.rule_id, $2);
		v_events := v_events + 1;
	END LOOP;

	FOR v_rule IN
		SELECT r.* FROM fota.rule r
		WHERE r.tenant_id = $1 AND r.state = 'active' AND EXISTS (
			SELECT FROM fota.wave w WHERE w.tenant_id = $1 AND w.rule_id = r.rule_id)
		ORDER BY r.rule_id
	LOOP
		IF fota.brake_rollout($1, v_rule.rule_id, $2) THEN
			v_events := v_events + 1;
		ELSE
			v_events := v_events + fota.advance_waves(v_rule, $2);
		END IF;
	END LOOP;
	RETURN v_events;
END
$$;

COMMENT ON FUNCTION fota.tick_rollouts(int, timestamptz) IS
	'Loses silent devices, brakes and opens waves of a tenant; the number of events that it wrote.';
