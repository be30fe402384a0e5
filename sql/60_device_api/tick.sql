-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.tick: what time alone brings about, in every tenant. Front-ends call it every
-- second; one at a time does the work.

CREATE OR REPLACE FUNCTION fota_device.tick(at timestamptz)
RETURNS TABLE (status text, events int)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_at timestamptz := coalesce($1, now());
	v_tenant int;
	v_events int := 0;
BEGIN
	IF pg_try_advisory_xact_lock(hashtext('fota.tick')) THEN
		FOR v_tenant IN SELECT t.tenant_id FROM fota.tenant t ORDER BY t.tenant_id LOOP
			PERFORM set_config('fota.tenant', v_tenant::text, true);
			v_events := v_events + fota.tick_tenant(v_tenant, v_at);
			DELETE FROM fota.device_change c
			WHERE c.tenant_id = v_tenant AND c.at < v_at - interval '10 minutes';
		END LOOP;
		PERFORM set_config('fota.tenant', v_before, true);
	END IF;
	RETURN QUERY SELECT 'ok', v_events;
END
$$;

COMMENT ON FUNCTION fota_device.tick(timestamptz) IS
	'Does what time alone brings about, in every tenant; the number of events that it wrote.';
