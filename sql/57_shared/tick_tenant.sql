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
	v_events int := fota.tick_actions($1, $2);
BEGIN
	v_events := v_events + fota.tick_rollouts($1, $2);
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
