-- SPDX-License-Identifier: PostgreSQL
--
-- fota.key_between: does one of these version keys lie strictly between two others?

CREATE OR REPLACE FUNCTION fota.key_between(keys text[], after text, before text)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	RETURN EXISTS (SELECT FROM unnest($1) k (key)
		WHERE k.key COLLATE "C" > $2 COLLATE "C" AND k.key COLLATE "C" < $3 COLLATE "C");
END
$$;

COMMENT ON FUNCTION fota.key_between(text[], text, text) IS
	'Does one of these version keys lie strictly between two others?';
