-- SPDX-License-Identifier: PostgreSQL
--
-- fota.image_segments: the segments of a stored image, in order.

CREATE OR REPLACE FUNCTION fota.image_segments(sha256 bytea)
RETURNS TABLE (address bigint, length bigint)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT (s.value ->> 0)::bigint, (s.value ->> 1)::bigint
	FROM jsonb_array_elements((fota.stored_image($1)).metadata -> 'segments') WITH ORDINALITY s (value, place)
	ORDER BY s.place;
END
$$;

COMMENT ON FUNCTION fota.image_segments(bytea) IS
	'The segments of the image whose file or payload has this SHA-256.';
