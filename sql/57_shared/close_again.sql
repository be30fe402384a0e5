-- SPDX-License-Identifier: PostgreSQL
--
-- fota.close_again: after items of an action were judged anew: closes it if that ended it, as of the instant at which
-- its last item came to its end; one that was closed already ends as its items say now. One that was given up since
-- its device was silent stays so. What was counted for rollouts is never taken back.

CREATE OR REPLACE FUNCTION fota.close_again(action fota.action)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_state text;
	v_at timestamptz;
BEGIN
	SELECT o.state, o.at INTO v_state, v_at
	FROM fota.action_outcome(($1).tenant_id, ($1).device_id, ($1).action) o;
	IF v_state IS NULL OR ($1).state IN ('lost', 'expired') THEN
		RETURN;
	END IF;
	UPDATE fota.action a SET state = v_state, closed_at = v_at
	WHERE a.tenant_id = ($1).tenant_id AND a.device_id = ($1).device_id AND a.action = ($1).action
		AND (a.state, a.closed_at) IS DISTINCT FROM (v_state, v_at);
	PERFORM fota.count_closed(($1).tenant_id, ($1).device_id, ($1).action, v_state, v_at);
END
$$;

COMMENT ON FUNCTION fota.close_again(fota.action) IS 'Ends an action as its items say, which were judged anew.';
