-- SPDX-License-Identifier: PostgreSQL
--
-- fota.blob_digest: digest of bytes. PostgreSQL has no SHA-1 of its own: NULL, and a job of
-- fota-worker computes it.

CREATE OR REPLACE FUNCTION fota.blob_digest(kind text, data bytea)
RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS $$
BEGIN
	IF $1 NOT IN ('sha1', 'md5', 'sha256') THEN
		RAISE EXCEPTION 'unknown kind of digest "%"', $1
			USING ERRCODE = '22023', HINT = 'The kinds are sha1, md5 and sha256.';
	END IF;
	RETURN CASE $1 WHEN 'md5' THEN decode(md5($2), 'hex') WHEN 'sha256' THEN sha256($2) END;
END
$$;

COMMENT ON FUNCTION fota.blob_digest(text, bytea) IS
	'Digest sha1, md5 or sha256; NULL where this profile cannot make it.';
