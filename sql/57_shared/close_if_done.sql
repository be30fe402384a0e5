-- SPDX-License-Identifier: PostgreSQL
--
-- fota.close_if_done: closes an action whose items are all final, and counts it for the
-- rollouts of its items.

CREATE OR REPLACE FUNCTION fota.close_if_done(tenant_id int, device_id bigint, action int,
	at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_state text := (SELECT o.state FROM fota.action_outcome($1, $2, $3) o);
BEGIN
	UPDATE fota.action a SET state = v_state, closed_at = $4
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3
		AND a.state IN ('open', 'superseded') AND v_state IS NOT NULL;
	IF FOUND THEN
		PERFORM fota.count_closed($1, $2, $3, v_state, $4);
	END IF;
END
$$;

COMMENT ON FUNCTION fota.close_if_done(int, bigint, int, timestamptz) IS
	'Closes an action whose items are all final: failed, declined, cancelled or finished.';
