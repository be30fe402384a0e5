-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.ddi_poll: the controller resource of a DDI device: when to come again and
-- the links of what there is to do. Read only; write: call open_action, then ask again.
-- base: the absolute address of the controller resource.

CREATE OR REPLACE FUNCTION fota_device.ddi_poll(tenant_id int, device_id bigint, base text,
	at timestamptz)
RETURNS TABLE (status text, etag text, body text, write boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_look record;
	v_body text;
	v_known boolean;
BEGIN
	PERFORM set_config('fota.tenant', coalesce($1::text, ''), true);
	v_known := EXISTS (SELECT FROM fota.device d WHERE d.tenant_id = $1 AND d.device_id = $2);
	IF v_known THEN
		SELECT l.* INTO v_look FROM fota.look($1, $2, false, coalesce($4, now())) l;
		v_body := fota.ddi_poll_body($1, $2, v_look.action, $3, v_look.next, coalesce($4, now()));
	END IF;
	PERFORM set_config('fota.tenant', v_before, true);
	IF v_known THEN
		RETURN QUERY SELECT 'ok', fota.ddi_etag(v_body), v_body, v_look.write;
	ELSE
		RETURN QUERY SELECT 'unknown', NULL, NULL, false;
	END IF;
END
$$;

COMMENT ON FUNCTION fota_device.ddi_poll(int, bigint, text, timestamptz) IS
	'Body of the DDI controller resource: polling time and links.';
