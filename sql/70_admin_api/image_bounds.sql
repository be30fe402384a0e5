-- SPDX-License-Identifier: PostgreSQL
--
-- fota.image_bounds: from the lowest to the highest address of a stored image.

CREATE OR REPLACE FUNCTION fota.image_bounds(sha256 bytea)
RETURNS int8range
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (SELECT int8range(min(s.address), max(s.address + s.length)) FROM fota.image_segments($1) s);
END
$$;

COMMENT ON FUNCTION fota.image_bounds(bytea) IS
	'From the lowest to the highest address of the image.';
