-- SPDX-License-Identifier: PostgreSQL
--
-- fota.decode_by_function: a file by the function of a decoder of the tenant: the one that is called format, or, if that is
-- NULL, the first whose magic the file has. No row when there is none. What it says is held to what ours say.

CREATE OR REPLACE FUNCTION fota.decode_by_function(tenant_id int, file bytea, as_format text, options jsonb)
RETURNS TABLE (format text, payload bytea, content_id bytea, metadata jsonb, warnings jsonb)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_decoder fota.decoder;
	v_bytes bytea;
BEGIN
	SELECT d.* INTO v_decoder FROM fota.decoder d
	WHERE d.tenant_id = $1 AND d.function IS NOT NULL AND (d.decoder = $3 COLLATE "C"
		OR $3 IS NULL AND substr($2, d.magic_offset + 1, length(d.magic)) = d.magic)
	ORDER BY d.priority DESC, d.decoder LIMIT 1;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	format := v_decoder.decoder;
	EXECUTE format('SELECT f.payload, f.metadata, f.warnings FROM %s f', v_decoder.function || '($1, $2)')
	INTO payload, metadata, warnings USING $2, coalesce($4, '{}');
	IF jsonb_typeof(coalesce(metadata, '{}')) <> 'object' OR jsonb_typeof(coalesce(warnings, '[]')) <> 'array' OR payload = '' THEN
		RAISE EXCEPTION 'decoder "%" gave what is no image', v_decoder.decoder
			USING ERRCODE = '22023', DETAIL = 'metadata is an object, warnings is a list, and the payload is not empty.';
	END IF;
	v_bytes := coalesce(payload, $2);
	content_id := sha256(int8send(0) || int8send(length(v_bytes)::bigint) || v_bytes);
	metadata := coalesce(metadata, '{}') || jsonb_build_object('segments', jsonb_build_array(jsonb_build_array(0, length(v_bytes))));
	warnings := coalesce(warnings, '[]');
	RETURN NEXT;
END
$$;

COMMENT ON FUNCTION fota.decode_by_function(int, bytea, text, jsonb) IS
	'A file by the function of a decoder of the tenant; no row when there is none for it.';
