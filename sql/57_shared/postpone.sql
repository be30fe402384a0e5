-- SPDX-License-Identifier: PostgreSQL
--
-- fota.postpone: the user of a device asks for time: only a rule of mode soft grants it, in all
-- at most its max_postpone from when it was first asked for, however many actions it takes, and
-- never more than 30 days at once.

CREATE OR REPLACE FUNCTION fota.postpone(tenant_id int, device_id bigint, rule_id bigint,
	seconds int, at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_first timestamptz;
BEGIN
	UPDATE fota.rollout_device x SET postponed_at = least(x.postponed_at, $5)
	WHERE x.tenant_id = $1 AND x.rule_id = $3 AND x.device_id = $2
	RETURNING x.postponed_at INTO v_first;
	UPDATE fota.device d
	SET postponed_until = least(
		$5 + make_interval(secs => least(greatest(coalesce($4, 0), 0), 2592000)),
		coalesce(v_first, $5) + r.max_postpone)
	FROM fota.rule r
	WHERE d.tenant_id = $1 AND d.device_id = $2
		AND r.tenant_id = $1 AND r.rule_id = $3 AND r.mode = 'soft';
END
$$;

COMMENT ON FUNCTION fota.postpone(int, bigint, bigint, int, timestamptz) IS
	'Postpones the updates of a device by so many seconds, within what the rule allows.';
