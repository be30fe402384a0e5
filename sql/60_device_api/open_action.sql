-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.open_action: what a check-in that must write asks of the primary: opens,
-- settles or refreshes the device's action, enqueues delta jobs. Idempotent.

CREATE OR REPLACE FUNCTION fota_device.open_action(tenant_id int, device_id bigint, protocol text,
	at timestamptz)
RETURNS TABLE (status text, action int)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_action int;
	v_known boolean;
BEGIN
	PERFORM set_config('fota.tenant', coalesce($1::text, ''), true);
	v_known := EXISTS (SELECT FROM fota.device d WHERE d.tenant_id = $1 AND d.device_id = $2);
	IF v_known THEN
		v_action := fota.open_action($1, $2, $3, coalesce($4, now()));
	END IF;
	PERFORM set_config('fota.tenant', v_before, true);
	RETURN QUERY SELECT CASE WHEN v_known THEN 'ok' ELSE 'unknown' END, v_action;
END
$$;

COMMENT ON FUNCTION fota_device.open_action(int, bigint, text, timestamptz) IS
	'Opens, settles or refreshes the action of a device; gives the number of the open one.';
