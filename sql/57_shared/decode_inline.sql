-- SPDX-License-Identifier: PostgreSQL
--
-- fota.decode_inline: decodes a file here and now. No row when this profile cannot: then
-- the worker does it. A raw file that travels as it is needs no library of ours.

CREATE OR REPLACE FUNCTION fota.decode_inline(component fota.component, file bytea, as_format text,
	options jsonb, max_size bigint)
RETURNS TABLE (format text, payload bytea, content_id bytea, metadata jsonb, warnings jsonb)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_base bigint := coalesce(($1).base, 0);
BEGIN
	RETURN QUERY
	SELECT d.* FROM fota.decode_payload($2, $3, jsonb_build_object('payload', ($1).payload,
		'base', ($1).base, 'length', ($1).length, 'fill', ($1).fill, 'max_size', $5,
		'waivers', fota.decode_waivers(($1).tenant_id, $4), 'layouts', fota.decoder_layouts(($1).tenant_id))) d;
EXCEPTION WHEN feature_not_supported THEN
	IF $3 = 'raw' AND ($1).payload IS DISTINCT FROM 'flat' AND coalesce($4 -> 'waivers', '[]') IN ('[]', 'null') THEN
		RETURN QUERY SELECT 'raw', NULL::bytea,
			sha256(int8send(v_base) || int8send(length($2)::bigint) || $2),
			jsonb_build_object('segments', jsonb_build_array(jsonb_build_array(v_base, length($2)))),
			'[]'::jsonb;
	END IF;
END
$$;

COMMENT ON FUNCTION fota.decode_inline(fota.component, bytea, text, jsonb, bigint) IS
	'Decodes a file here and now; no row when this profile cannot.';
