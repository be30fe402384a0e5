-- SPDX-License-Identifier: PostgreSQL
--
-- fota.upload_begin: a file will arrive in pieces of 256 KiB. The same file that is on its
-- way already goes on where it broke off: chunks_done chunks, from the first, are there.
-- Of a file that is stored already they all are.

CREATE OR REPLACE FUNCTION fota.upload_begin(sha256 bytea, size bigint)
RETURNS TABLE (upload_id bigint, chunks_done int)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_upload fota.upload;
BEGIN
	IF length($1) IS DISTINCT FROM 32 THEN
		RAISE EXCEPTION 'a SHA-256 has 32 bytes, this one has %', coalesce(length($1)::text, 'none')
			USING ERRCODE = '22023', HINT = 'decode(''<64 hex digits>'', ''hex'') makes one of text.';
	ELSIF $2 IS NULL OR $2 NOT BETWEEN 1 AND 17179869184 THEN
		RAISE EXCEPTION 'a file of % bytes cannot be uploaded', coalesce($2::text, 'NULL')
			USING ERRCODE = '22023', DETAIL = 'A file has 1 to 17179869184 bytes.';
	END IF;
	INSERT INTO fota.upload AS u (tenant_id, sha256, size) VALUES (v_tenant, $1, $2)
	ON CONFLICT (tenant_id, sha256, size) WHERE state = 'open'
	DO UPDATE SET state = u.state
	RETURNING u.* INTO v_upload;
	RETURN QUERY
	SELECT v_upload.upload_id, CASE
		WHEN EXISTS (SELECT FROM fota.blob b WHERE b.tenant_id = v_tenant AND b.sha256 = $1 AND b.size = $2)
			THEN (($2 + 262143) / 262144)::int
		ELSE (SELECT count(*)::int FROM (
				SELECT c.chunk_no, row_number() OVER (ORDER BY c.chunk_no) AS place
				FROM fota.blob_chunk c
				WHERE c.tenant_id = v_tenant AND c.blob_id = v_upload.upload_id) c
			WHERE c.chunk_no = c.place - 1) END;
END
$$;

COMMENT ON FUNCTION fota.upload_begin(bytea, bigint) IS
	'Begins the upload of a file, or resumes it; how many chunks are there.';
