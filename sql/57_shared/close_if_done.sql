-- SPDX-License-Identifier: PostgreSQL
--
-- fota.close_if_done: closes an action whose items are all final, and counts it for the
-- rollouts of its items. A rule of mode download_only asks for no more than `downloaded`.

CREATE OR REPLACE FUNCTION fota.close_if_done(tenant_id int, device_id bigint, action int,
	at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_state text;
BEGIN
	SELECT CASE
		WHEN bool_or(i.state NOT IN ('confirmed', 'failed', 'declined', 'cancelled')
			AND NOT (i.state = 'downloaded' AND r.mode = 'download_only')) THEN NULL
		WHEN bool_or(i.state = 'failed') THEN 'failed'
		WHEN bool_or(i.state = 'declined') THEN 'declined'
		WHEN bool_or(i.state = 'cancelled') THEN 'cancelled'
		ELSE 'finished' END
	INTO v_state
	FROM fota.action_item i
	LEFT JOIN fota.rule r ON r.tenant_id = $1 AND r.rule_id = i.rule_id
	WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3;

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
