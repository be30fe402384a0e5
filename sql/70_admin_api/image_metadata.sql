-- SPDX-License-Identifier: PostgreSQL
--
-- fota.image_metadata: what the file of a stored image says of itself.

CREATE OR REPLACE FUNCTION fota.image_metadata(sha256 bytea)
RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (fota.stored_image($1)).metadata - 'segments' - 'members';
END
$$;

COMMENT ON FUNCTION fota.image_metadata(bytea) IS
	'What the file of the image says of itself.';
