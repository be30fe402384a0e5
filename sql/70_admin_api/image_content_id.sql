-- SPDX-License-Identifier: PostgreSQL
--
-- fota.image_content_id: the content_id of a stored image: equal in every file format.

CREATE OR REPLACE FUNCTION fota.image_content_id(sha256 bytea)
RETURNS bytea
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (fota.stored_image($1)).content_id;
END
$$;

COMMENT ON FUNCTION fota.image_content_id(bytea) IS
	'The content_id of the image: equal in every file format.';
