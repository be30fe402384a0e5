-- SPDX-License-Identifier: PostgreSQL
--
-- fota.mismatch_warning: a contradiction that the waiver metadata_mismatch lets pass, as a list of warnings.

CREATE OR REPLACE FUNCTION fota.mismatch_warning(fault jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	RETURN CASE WHEN $1 IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object('name', 'metadata_mismatch',
		'message', $1 ->> 'detail', 'count', 1)) END;
END
$$;

COMMENT ON FUNCTION fota.mismatch_warning(jsonb) IS 'A contradiction that a waiver lets pass, as a list of warnings.';
