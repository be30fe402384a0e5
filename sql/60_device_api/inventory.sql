-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.inventory: stores what a check-in or a configData brought. NULL = not
-- sent. mode 'native': contents lists everything that is present; mode 'ddi': only what
-- the device named. What the device has beats what it said: its open action is settled.

CREATE OR REPLACE FUNCTION fota_device.inventory(tenant_id int, device_id bigint, contents jsonb,
	accept jsonb, attributes jsonb, power jsonb, hw text, mode text, at timestamptz)
RETURNS TABLE (status text, tag bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_status text;
	v_tag bytea;
BEGIN
	PERFORM set_config('fota.tenant', coalesce($1::text, ''), true);
	v_status := fota.store_inventory($1, $2, $3, $4, $5, $6, $7, $8, coalesce($9, now()));
	IF v_status = 'ok' THEN
		v_tag := fota.inventory_tag($1, $2);
	END IF;
	PERFORM set_config('fota.tenant', v_before, true);
	RETURN QUERY SELECT v_status, v_tag;
END
$$;

COMMENT ON FUNCTION fota_device.inventory(int, bigint, jsonb, jsonb, jsonb, jsonb, text, text,
	timestamptz) IS 'Stores contents, capabilities, attributes and power of a device; gives its tag.';
