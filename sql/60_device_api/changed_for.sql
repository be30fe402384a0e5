-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.changed_for: which of these devices, that a front-end last answered at this
-- epoch with nothing to do, have something to do now: they are told to check in. None when
-- the epoch is still the same. The first row has no device.

CREATE OR REPLACE FUNCTION fota_device.changed_for(tenant_id int, device_ids bigint[], epoch bigint)
RETURNS TABLE (status text, device_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_epoch bigint;
BEGIN
	PERFORM set_config('fota.tenant', coalesce($1::text, ''), true);
	SELECT e.epoch INTO v_epoch FROM fota.epoch e WHERE e.tenant_id = $1;
	RETURN QUERY SELECT CASE WHEN v_epoch IS NULL THEN 'unknown' ELSE 'ok' END, NULL::bigint;
	IF v_epoch > coalesce($3, -1) THEN
		RETURN QUERY
		SELECT 'ok', q.device_id
		FROM (SELECT DISTINCT u.device_id FROM unnest($2) u (device_id)) q
		WHERE EXISTS (SELECT FROM fota.action a WHERE a.tenant_id = $1 AND a.device_id = q.device_id
				AND a.state IN ('open', 'superseded'))
			OR q.device_id IN (SELECT r.device_id FROM fota.resolve_many($1, $2, now()) r
				WHERE r.verdict IN ('install', 'remove') OR r.reason = 'delta')
		ORDER BY q.device_id;
	END IF;
	PERFORM set_config('fota.tenant', v_before, true);
END
$$;

COMMENT ON FUNCTION fota_device.changed_for(int, bigint[], bigint) IS
	'Which of these devices have something to do since the epoch; the first row names none.';
