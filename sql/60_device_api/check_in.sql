-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.check_in: what must this device do now? Read only. One row per item of its
-- open action that is still to be done, in the order of installing; else one row with
-- action NULL. write: call open_action on the primary, then ask again there.
-- inventory: the tag that the device sent; another than the stored one is answered
-- with need_contents. NULL = it sent its contents, which inventory has stored.

CREATE OR REPLACE FUNCTION fota_device.check_in(tenant_id int, device_id bigint, inventory bytea,
	protocol text, at timestamptz)
RETURNS TABLE (status text, write boolean, next int, tag bytea, epoch bigint,
	valid_until timestamptz, reason text, action int, item int, component text, verb int,
	version text, sha256 bytea, size bigint, format int[], bytes bigint, etag bytea, base bytea,
	window_from int, window_to int, flags int, battery int)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_at timestamptz := coalesce($5, now());
	v_tag bytea;
	v_look record;
BEGIN
	PERFORM set_config('fota.tenant', coalesce($1::text, ''), true);
	SELECT s.inventory INTO v_tag
	FROM fota.device d
	LEFT JOIN fota.device_report_state s ON s.tenant_id = $1 AND s.device_id = $2
	WHERE d.tenant_id = $1 AND d.device_id = $2;
	IF NOT FOUND THEN
		PERFORM set_config('fota.tenant', v_before, true);
		RETURN QUERY SELECT 'unknown', false, NULL::int, NULL::bytea, NULL::bigint,
			NULL::timestamptz, NULL, NULL::int, NULL::int, NULL, NULL::int, NULL, NULL::bytea,
			NULL::bigint, NULL::int[], NULL::bigint, NULL::bytea, NULL::bytea, NULL::int,
			NULL::int, NULL::int, NULL::int;
		RETURN;
	END IF;

	SELECT l.* INTO v_look FROM fota.look($1, $2, true, v_at) l;
	RETURN QUERY
	SELECT CASE WHEN $3 IS DISTINCT FROM v_tag AND $3 IS NOT NULL THEN 'need_contents' ELSE 'ok' END,
		v_look.write, v_look.next, v_tag, v_look.epoch, v_look.valid_until,
		CASE WHEN t.item IS NULL THEN v_look.reason END,
		CASE WHEN t.item IS NOT NULL THEN v_look.action END, t.item, t.component,
		CASE t.verb WHEN 'install' THEN 1 WHEN 'remove' THEN 2 END, t.version, t.payload_sha256,
		t.size, t.format, t.transfer_bytes, substr(t.transfer_sha256, 1, 8), t.base,
		w.opens_in, w.closes_in, t.flags, t.min_battery
	FROM (SELECT) one
	LEFT JOIN fota.open_items($1, $2) t ON ($3 IS NULL OR $3 = v_tag)
	LEFT JOIN LATERAL fota.install_window($1, $2, t.component, v_at) w ON true
	ORDER BY t.item;
	PERFORM set_config('fota.tenant', v_before, true);
END
$$;

COMMENT ON FUNCTION fota_device.check_in(int, bigint, bytea, text, timestamptz) IS
	'What a device must do now: one row per item of its open action; writes nothing.';
