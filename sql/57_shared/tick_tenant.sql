-- SPDX-License-Identifier: PostgreSQL
--
-- fota.tick_tenant: what time alone brings about in one tenant: rollouts go on, actions of devices that
-- stayed silent expire, what is installed and uncontradicted for an hour is confirmed,
-- uploads that nobody finished in 30 days go, and jobs whose last worker died have failed.
-- Returns how many events it wrote.

CREATE OR REPLACE FUNCTION fota.tick_tenant(tenant_id int, at timestamptz)
RETURNS int
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_silent interval := fota.get_setting($1, 'action_timeout')::interval;
	v_action record;
	v_events int := fota.tick_rollouts($1, $2);
BEGIN
	FOR v_action IN
		SELECT d.device_id, a.action, a.seen_at
		FROM fota.action a
		JOIN fota.device d ON d.tenant_id = $1 AND d.device_id = a.device_id
		LEFT JOIN fota.device_seen s ON s.tenant_id = $1 AND s.device_id = a.device_id
		WHERE a.tenant_id = $1 AND a.state IN ('open', 'superseded')
			AND a.seen_at <= $2 - v_silent
			AND greatest(a.seen_at, s.seen_at, a.deferred_until, d.postponed_until) <= $2 - v_silent
		ORDER BY d.device_id
		LIMIT 1000
		FOR NO KEY UPDATE OF d SKIP LOCKED
	LOOP
		PERFORM fota.expire_action($1, v_action.device_id, v_action.action, $2);
		v_events := v_events + 1;
	END LOOP;

	PERFORM fota.settle_action($1, d.device_id, false, false, false, $2)
	FROM (
		SELECT d.device_id
		FROM fota.action a
		JOIN fota.device d ON d.tenant_id = $1 AND d.device_id = a.device_id
		WHERE a.tenant_id = $1 AND a.state IN ('open', 'superseded')
			AND EXISTS (SELECT FROM fota.action_item i
				WHERE i.tenant_id = $1 AND i.device_id = a.device_id AND i.action = a.action
					AND i.state = 'installed' AND i.changed_at <= $2 - interval '1 hour')
		ORDER BY d.device_id
		LIMIT 1000
		FOR NO KEY UPDATE OF d SKIP LOCKED
	) d;
	PERFORM fota.drop_upload($1, u.upload_id)
	FROM (SELECT u.upload_id FROM fota.upload u
		WHERE u.tenant_id = $1 AND u.state = 'open' AND u.begun_at <= $2 - interval '30 days'
		ORDER BY u.upload_id FOR UPDATE SKIP LOCKED) u;
	v_events := v_events + fota.fail_dead_jobs($1, $2);
	PERFORM fota.tell_events($1);
	RETURN v_events;
END
$$;

COMMENT ON FUNCTION fota.tick_tenant(int, timestamptz) IS
	'Does what time alone brings about in a tenant; the number of events that it wrote.';
