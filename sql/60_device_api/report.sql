-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.report: what a device says about an action of its own, or a gateway about
-- one of a child's. Durable before it is acknowledged; the same report twice is one.

CREATE OR REPLACE FUNCTION fota_device.report(tenant_id int, device_id bigint, child text,
	action int, item int, state int, code int, text text, seconds int, bytes bigint,
	at timestamptz)
RETURNS TABLE (status text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_device bigint := $2;
	v_status text;
BEGIN
	PERFORM set_config('fota.tenant', coalesce($1::text, ''), true);
	IF $3 IS NOT NULL THEN
		v_device := fota.child_of($1, $2, $3);
	END IF;
	v_status := fota.take_report($1, v_device, $4, $5, $6, $7, $8, $9, $10, coalesce($11, now()));
	PERFORM set_config('fota.tenant', v_before, true);
	RETURN QUERY SELECT v_status;
END
$$;

COMMENT ON FUNCTION fota_device.report(int, bigint, text, int, int, int, int, text, int, bigint,
	timestamptz) IS 'Takes a device''s report about an item, or about all items of an action.';
