-- SPDX-License-Identifier: PostgreSQL
--
-- fota.version_compare: -1, 0 or 1 as the first version is older than, equal to, or newer
-- than the second; NULL when either is.

CREATE OR REPLACE FUNCTION fota.version_compare(text, text)
RETURNS int
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
	v_first text := fota.version_key($1);
	v_second text := fota.version_key($2);
BEGIN
	RETURN CASE WHEN v_first COLLATE "C" < v_second COLLATE "C" THEN -1
		WHEN v_first COLLATE "C" > v_second COLLATE "C" THEN 1 ELSE 0 END;
END
$$;

COMMENT ON FUNCTION fota.version_compare(text, text) IS
	'-1, 0 or 1: the first version is older than, equal to, or newer than the second.';
