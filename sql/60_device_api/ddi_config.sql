-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.ddi_config: the configData of a DDI client: attributes, and what they say of
-- its contents.

CREATE OR REPLACE FUNCTION fota_device.ddi_config(tenant_id int, device_id bigint, config jsonb,
	at timestamptz)
RETURNS TABLE (status text, etag text, body text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_status text;
BEGIN
	PERFORM set_config('fota.tenant', coalesce($1::text, ''), true);
	v_status := fota.ddi_take_config($1, $2, $3, coalesce($4, now()));
	PERFORM set_config('fota.tenant', v_before, true);
	RETURN QUERY SELECT v_status, NULL, NULL;
END
$$;

COMMENT ON FUNCTION fota_device.ddi_config(int, bigint, jsonb, timestamptz) IS
	'Stores the configData of a DDI device.';
