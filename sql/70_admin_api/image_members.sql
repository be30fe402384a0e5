-- SPDX-License-Identifier: PostgreSQL
--
-- fota.image_members: the files in the package that a stored image came in.

CREATE OR REPLACE FUNCTION fota.image_members(sha256 bytea)
RETURNS TABLE (name text, size bigint, packed bigint, "position" bigint, method text)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT m.value ->> 'name', (m.value ->> 'size')::bigint, (m.value ->> 'packed')::bigint,
		(m.value ->> 'offset')::bigint, m.value ->> 'method'
	FROM jsonb_array_elements(coalesce((fota.stored_image($1)).metadata -> 'members', '[]')) WITH ORDINALITY m (value, place)
	ORDER BY m.place;
END
$$;

COMMENT ON FUNCTION fota.image_members(bytea) IS
	'The files in the package that the image is.';
