-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ddi_take_config: stores configData: attributes, and what they say of the device's
-- contents (fota.ddi_contents), of the deltas it takes (fota.accept) and of its hardware
-- (fota.hw). mode: merge (default; null deletes a key), replace, remove. Values are kept as
-- texts of at most 128 characters. Returns a status word.

CREATE OR REPLACE FUNCTION fota.ddi_take_config(tenant_id int, device_id bigint, body jsonb,
	at timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_mode text := coalesce(CASE WHEN jsonb_typeof($3) = 'object' THEN $3 ->> 'mode' END, 'merge');
	v_data jsonb := CASE WHEN jsonb_typeof($3) = 'object' THEN $3 -> 'data' END;
	v_old jsonb;
	v_drop jsonb := '{}';
	v_status text;
BEGIN
	IF v_mode <> ALL ('{merge,replace,remove}') OR jsonb_typeof(v_data) IS DISTINCT FROM 'object'
		OR v_data = '{}' THEN
		RETURN 'malformed';
	END IF;
	IF EXISTS (SELECT FROM jsonb_each(v_data) e
		WHERE jsonb_typeof(e.value) IN ('object', 'array') OR length(e.key) NOT BETWEEN 1 AND 128
			OR length(e.value #>> '{}') > 128) THEN
		RETURN 'malformed';
	END IF;
	SELECT d.attributes INTO v_old FROM fota.device d
	WHERE d.tenant_id = $1 AND d.device_id = $2 FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN 'unknown';
	END IF;

	SELECT jsonb_object_agg(e.key, e.value #>> '{}') INTO v_data FROM jsonb_each(v_data) e;
	IF v_mode <> 'merge' THEN
		SELECT coalesce(jsonb_object_agg(k.key, NULL), '{}') INTO v_drop
		FROM jsonb_object_keys(CASE v_mode WHEN 'replace' THEN v_old ELSE v_data END) k (key)
		WHERE length(k.key) BETWEEN 1 AND 128;
	END IF;
	IF v_mode = 'remove' THEN
		v_data := '{}';
	END IF;
	IF fota.merge_attributes(v_old, v_drop || v_data) IS NULL THEN
		RETURN 'too_many';
	END IF;
	v_status := fota.store_inventory($1, $2, fota.ddi_contents($1, $2, v_data),
		fota.ddi_accept(v_data ->> 'fota.accept'), v_drop || v_data, NULL,
		nullif(v_data ->> 'fota.hw', ''), 'ddi', $4);
	IF v_status = 'ok' THEN
		UPDATE fota.device_report_state s SET config_at = $4
		WHERE s.tenant_id = $1 AND s.device_id = $2;
	END IF;
	RETURN v_status;
END
$$;

COMMENT ON FUNCTION fota.ddi_take_config(int, bigint, jsonb, timestamptz) IS
	'Stores the configData of a DDI device; returns a status word.';
