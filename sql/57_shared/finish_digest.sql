-- SPDX-License-Identifier: PostgreSQL
--
-- fota.finish_digest: the digests that a blob lacked are known.

CREATE OR REPLACE FUNCTION fota.finish_digest(job fota.job, result jsonb)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	UPDATE fota.blob b
	SET sha1 = decode($2 ->> 'sha1', 'hex'), md5 = decode($2 ->> 'md5', 'hex')
	WHERE b.tenant_id = ($1).tenant_id AND b.sha256 = decode(($1).spec #>> '{file,sha256}', 'hex');
	RETURN 'ok';
END
$$;

COMMENT ON FUNCTION fota.finish_digest(fota.job, jsonb) IS 'The digests that a blob lacked are known.';
