-- SPDX-License-Identifier: PostgreSQL
--
-- fota.store_inventory: the body of fota_device.inventory, also used by configData.
-- Everything is checked before anything is stored. Returns a status word.

CREATE OR REPLACE FUNCTION fota.store_inventory(tenant_id int, device_id bigint, contents jsonb,
	accept jsonb, attributes jsonb, power jsonb, hw text, mode text, at timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_device fota.device;
	v_attributes jsonb;
	v_accept jsonb := fota.accept_normal($4);
BEGIN
	IF fota.brings_nothing($1, $2, $3, $4, $5, $6, $7, $8) THEN
		RETURN 'ok';
	END IF;
	SELECT d.* INTO v_device FROM fota.device d
	WHERE d.tenant_id = $1 AND d.device_id = $2
	FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN 'unknown';
	END IF;
	v_attributes := fota.merge_attributes(v_device.attributes, coalesce($5, '{}'));
	IF $4 IS NOT NULL AND v_accept IS NULL OR v_attributes IS NULL OR length($7) > 128
		OR jsonb_typeof(coalesce($6, 'null')) NOT IN ('object', 'array', 'null')
		OR length($6::text) > 1024 THEN
		RETURN 'malformed';
	END IF;
	IF $3 IS NOT NULL AND NOT fota.store_contents($1, $2, $3, $8 <> 'ddi', $9) THEN
		RETURN 'malformed';
	END IF;

	IF v_attributes IS DISTINCT FROM v_device.attributes THEN
		UPDATE fota.device d SET attributes = v_attributes
		WHERE d.tenant_id = $1 AND d.device_id = $2;
	END IF;
	INSERT INTO fota.device_report_state AS s
		(tenant_id, device_id, accept, power, hw, mode, reported_at)
	VALUES ($1, $2, v_accept, $6, $7, $8, $9)
	ON CONFLICT (tenant_id, device_id) DO UPDATE
	SET accept = coalesce(excluded.accept, s.accept), power = coalesce(excluded.power, s.power),
		hw = coalesce(excluded.hw, s.hw), mode = excluded.mode,
		reported_at = excluded.reported_at;
	PERFORM fota.refresh_tag($1, $2);
	PERFORM fota.settle_action($1, $2, $8 <> 'ddi' AND $3 IS NOT NULL, false, $8 <> 'ddi', $9);
	RETURN 'ok';
END
$$;

COMMENT ON FUNCTION fota.store_inventory(int, bigint, jsonb, jsonb, jsonb, jsonb, text, text,
	timestamptz) IS 'Stores what a device brought and settles its action; returns a status word.';
