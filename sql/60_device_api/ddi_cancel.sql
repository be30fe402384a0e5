-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.ddi_cancel: cancelAction: which action to stop. Answered while it is being
-- cancelled, and after it was.

CREATE OR REPLACE FUNCTION fota_device.ddi_cancel(tenant_id int, device_id bigint, action int,
	base text, at timestamptz)
RETURNS TABLE (status text, etag text, body text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_body text;
BEGIN
	PERFORM set_config('fota.tenant', coalesce($1::text, ''), true);
	SELECT jsonb_build_object('id', $3::text, 'cancelAction', jsonb_build_object('stopId', $3::text))
	INTO v_body
	FROM fota.action a
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3
		AND (a.state = 'superseded' AND NOT a.cancel_refused OR a.state = 'cancelled');
	PERFORM set_config('fota.tenant', v_before, true);
	RETURN QUERY SELECT CASE WHEN v_body IS NULL THEN 'not_found' ELSE 'ok' END,
		fota.ddi_etag(v_body), v_body;
END
$$;

COMMENT ON FUNCTION fota_device.ddi_cancel(int, bigint, int, text, timestamptz) IS
	'Body of the DDI cancelAction resource of an action.';
