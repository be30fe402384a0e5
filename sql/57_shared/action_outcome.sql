-- SPDX-License-Identifier: PostgreSQL
--
-- fota.action_outcome: how an action ends, and when its last item came to its end; state NULL as long as an item is not
-- final. A rule of mode download_only asks for no more than `downloaded`.

CREATE OR REPLACE FUNCTION fota.action_outcome(tenant_id int, device_id bigint, action int)
RETURNS TABLE (state text, at timestamptz)
LANGUAGE plpgsql STABLE ROWS 1
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT CASE
		WHEN bool_or(i.state NOT IN ('confirmed', 'failed', 'declined', 'cancelled')
			AND NOT (i.state = 'downloaded' AND r.mode = 'download_only')) THEN NULL
		WHEN bool_or(i.state = 'failed') THEN 'failed'
		WHEN bool_or(i.state = 'declined') THEN 'declined'
		WHEN bool_or(i.state = 'cancelled') THEN 'cancelled'
		ELSE 'finished' END,
		max(coalesce(i.closed_at, i.changed_at))
	FROM fota.action_item i
	LEFT JOIN fota.rule r ON r.tenant_id = $1 AND r.rule_id = i.rule_id
	WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3;
END
$$;

COMMENT ON FUNCTION fota.action_outcome(int, bigint, int) IS
	'How an action ends, failed, declined, cancelled or finished, and when; NULL = it has not ended.';
