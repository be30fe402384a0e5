-- SPDX-License-Identifier: PostgreSQL
--
-- fota.next_poll: seconds to the next check-in: the shortest interval of the rules that
-- concern the device, else its model's; spread by a quarter either way by a hash of the
-- device's name, so that the answer is the same each time.

CREATE OR REPLACE FUNCTION fota.next_poll(tenant_id int, device_id bigint, busy boolean, rules bigint[])
RETURNS int
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_every interval;
	v_name text;
BEGIN
	SELECT coalesce(
			(SELECT min(CASE WHEN $3 THEN r.poll_active ELSE r.poll_every END)
				FROM fota.rule r WHERE r.tenant_id = $1 AND r.rule_id = ANY ($4)),
			CASE WHEN $3 THEN m.poll_active ELSE m.poll_every END), d.name
	INTO v_every, v_name
	FROM fota.device d
	JOIN fota.model m ON m.tenant_id = $1 AND m.model = d.model
	WHERE d.tenant_id = $1 AND d.device_id = $2;

	RETURN greatest(1, least(86399, round(extract(epoch FROM v_every)
		* (0.75 + fota.bucket('poll', v_name) / 20000.0))))::int;
END
$$;

COMMENT ON FUNCTION fota.next_poll(int, bigint, boolean, bigint[]) IS
	'Seconds to a device''s next check-in, 1 to 86399; busy: while it has something to do.';
