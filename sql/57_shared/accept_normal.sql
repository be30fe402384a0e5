-- SPDX-License-Identifier: PostgreSQL
--
-- fota.accept_normal: the capabilities of a device in the one form that is stored, or
-- NULL when they are malformed: {"formats": [[id, parameters..]..], "ram", "flags",
-- "block", "space"}; unknown keys are dropped.

CREATE OR REPLACE FUNCTION fota.accept_normal(accept jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
	v_formats jsonb;
	v_key text;
BEGIN
	IF jsonb_typeof($1) IS DISTINCT FROM 'object' THEN
		RETURN NULL;
	END IF;
	v_formats := coalesce($1 -> 'formats', '[]');
	IF jsonb_typeof(v_formats) <> 'array' THEN
		RETURN NULL;
	END IF;
	IF jsonb_array_length(v_formats) > 32 OR v_formats::text !~ '^[][0-9, ]*$'
		OR v_formats::text ~ '[0-9]{10}' OR EXISTS (
			SELECT FROM jsonb_array_elements(v_formats) f WHERE jsonb_typeof(f) <> 'array') THEN
		RETURN NULL;
	END IF;
	FOREACH v_key IN ARRAY '{ram,flags,block,space}'::text[] LOOP
		IF $1 ? v_key AND ($1 ->> v_key) !~ '^[0-9]{1,15}$' THEN
			RETURN NULL;
		END IF;
	END LOOP;
	RETURN jsonb_strip_nulls(jsonb_build_object('formats', v_formats, 'ram', $1 -> 'ram',
		'flags', $1 -> 'flags', 'block', $1 -> 'block', 'space', $1 -> 'space'));
END
$$;

COMMENT ON FUNCTION fota.accept_normal(jsonb) IS
	'Capabilities in the form that is stored; NULL when malformed.';
