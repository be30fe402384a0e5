-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.ddi_cancel_feedback: what a DDI client says about a cancellation.
-- not_allowed: nothing is being cancelled.

CREATE OR REPLACE FUNCTION fota_device.ddi_cancel_feedback(tenant_id int, device_id bigint, action int,
	feedback jsonb, at timestamptz)
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
	v_status := fota.ddi_take_cancel($1, $2, $3, $4, coalesce($5, now()));
	PERFORM set_config('fota.tenant', v_before, true);
	RETURN QUERY SELECT v_status, NULL, NULL;
END
$$;

COMMENT ON FUNCTION fota_device.ddi_cancel_feedback(int, bigint, int, jsonb, timestamptz) IS
	'Takes a DDI feedback about a cancellation.';
