-- SPDX-License-Identifier: PostgreSQL
--
-- fota.postpone: the user of a device asks for time: only a rule of mode soft grants it, at
-- most its max_postpone since the action was opened, and never more than 30 days at once.

CREATE OR REPLACE FUNCTION fota.postpone(tenant_id int, device_id bigint, rule_id bigint,
	seconds int, opened_at timestamptz, at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	UPDATE fota.device d
	SET postponed_until = least(
		$6 + make_interval(secs => least(greatest(coalesce($4, 0), 0), 2592000)),
		$5 + r.max_postpone)
	FROM fota.rule r
	WHERE d.tenant_id = $1 AND d.device_id = $2
		AND r.tenant_id = $1 AND r.rule_id = $3 AND r.mode = 'soft';
END
$$;

COMMENT ON FUNCTION fota.postpone(int, bigint, bigint, int, timestamptz, timestamptz) IS
	'Postpones the updates of a device by so many seconds, within what the rule allows.';
