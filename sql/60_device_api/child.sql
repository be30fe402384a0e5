-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.child: the device that a gateway speaks for.

CREATE OR REPLACE FUNCTION fota_device.child(tenant_id int, gateway_id bigint, name text)
RETURNS TABLE (status text, device_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_child bigint;
BEGIN
	PERFORM set_config('fota.tenant', coalesce($1::text, ''), true);
	v_child := fota.child_of($1, $2, $3);
	PERFORM set_config('fota.tenant', v_before, true);
	RETURN QUERY SELECT CASE WHEN v_child IS NULL THEN 'not_found' ELSE 'ok' END, v_child;
END
$$;

COMMENT ON FUNCTION fota_device.child(int, bigint, text) IS
	'The device of this name whose parent is the gateway, or not_found.';
