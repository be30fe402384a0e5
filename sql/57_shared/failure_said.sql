-- SPDX-License-Identifier: PostgreSQL
--
-- fota.failure_said: when an action that ended at $4 counts as failed since its device said so of an item that had
-- ended by another word; NULL = it did not. That a delta is of no use is no failure; items that ended by themselves,
-- by silence or since the rules changed, are not asked.

CREATE OR REPLACE FUNCTION fota.failure_said(tenant_id int, device_id bigint, action int, at timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (
		SELECT greatest($4, min(p.at))
		FROM fota.action a
		JOIN fota.action_item i ON i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3
		JOIN fota.report p ON p.tenant_id = $1 AND p.opened_at = a.opened_at AND p.device_id = $2 AND p.action = $3
			AND p.item = i.item AND p.state = 5
		WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3
			AND i.state IN ('declined', 'cancelled', 'downloaded') AND i.reason IS NULL
			AND (p.code NOT IN (2, 3) OR p.try > 0 OR (i.try > 0 OR i.format[1] > 0) IS NOT TRUE)
		HAVING count(*) > 0);
END
$$;

COMMENT ON FUNCTION fota.failure_said(int, bigint, int, timestamptz) IS
	'When an action counts as failed since its device said so of an item that another word ended; NULL = never.';
