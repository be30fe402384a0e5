-- SPDX-License-Identifier: PostgreSQL
--
-- fota.image_ranges: the addresses that a stored image has bytes at.

CREATE OR REPLACE FUNCTION fota.image_ranges(sha256 bytea)
RETURNS int8multirange
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (SELECT coalesce(range_agg(int8range(s.address, s.address + s.length)), '{}') FROM fota.image_segments($1) s);
END
$$;

COMMENT ON FUNCTION fota.image_ranges(bytea) IS
	'The addresses that the image has bytes at.';
