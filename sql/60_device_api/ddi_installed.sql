-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.ddi_installed: installedBase: what an action that succeeded has installed.

CREATE OR REPLACE FUNCTION fota_device.ddi_installed(tenant_id int, device_id bigint, action int,
	base text, history int, at timestamptz)
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
	IF EXISTS (SELECT FROM fota.action a
		WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3
			AND (a.state = 'finished')) THEN
		v_body := fota.ddi_body($1, $2, $3, $4, $5);
	END IF;
	PERFORM set_config('fota.tenant', v_before, true);
	RETURN QUERY SELECT CASE WHEN v_body IS NULL THEN 'not_found' ELSE 'ok' END,
		fota.ddi_etag(v_body), v_body;
END
$$;

COMMENT ON FUNCTION fota_device.ddi_installed(int, bigint, int, text, int, timestamptz) IS
	'Body of the DDI installedBase resource of a finished action.';
