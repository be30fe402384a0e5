-- SPDX-License-Identifier: PostgreSQL
--
-- fota.tell_events: wakes those who listen on channel fota_event, once for all events of a
-- tenant that they were not told of. Only ticks do it, so that no report of a device waits in
-- the one queue that notifications have.

CREATE OR REPLACE FUNCTION fota.tell_events(tenant_id int)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_last bigint;
BEGIN
	WITH told AS (
		UPDATE fota.event e SET told = true
		WHERE e.tenant_id = $1 AND NOT e.told
		RETURNING e.event_id
	)
	SELECT max(t.event_id) INTO v_last FROM told t;
	IF v_last IS NOT NULL THEN
		PERFORM pg_notify('fota_event', format('%s %s', $1, v_last));
	END IF;
END
$$;

COMMENT ON FUNCTION fota.tell_events(int) IS 'Wakes the listeners of channel fota_event when there are new events.';
