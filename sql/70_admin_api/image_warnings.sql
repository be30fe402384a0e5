-- SPDX-License-Identifier: PostgreSQL
--
-- fota.image_warnings: what was waived for a stored image, and what of it is legal but unusual.

CREATE OR REPLACE FUNCTION fota.image_warnings(sha256 bytea)
RETURNS TABLE (name text, message text, count bigint, line bigint, "position" bigint)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT w.value ->> 'name', w.value ->> 'message', (w.value ->> 'count')::bigint,
		(w.value ->> 'line')::bigint, (w.value ->> 'offset')::bigint
	FROM jsonb_array_elements((fota.stored_image($1)).warnings) WITH ORDINALITY w (value, place)
	ORDER BY w.place;
END
$$;

COMMENT ON FUNCTION fota.image_warnings(bytea) IS
	'What was waived for the image, and what of it is legal but unusual.';
