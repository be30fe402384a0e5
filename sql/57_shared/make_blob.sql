-- SPDX-License-Identifier: PostgreSQL
--
-- fota.make_blob: chunks that are complete and verified become a blob, without copying. A
-- blob with these bytes that is there already stays, and these chunks go.

CREATE OR REPLACE FUNCTION fota.make_blob(tenant_id int, blob_id bigint, sha256 bytea, size bigint,
	sha1 bytea, md5 bytea)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_id bigint;
BEGIN
	INSERT INTO fota.blob AS b (tenant_id, sha256, size, sha1, md5, blob_id)
	VALUES ($1, $3, $4, $5, $6, $2)
	ON CONFLICT (tenant_id, sha256) DO UPDATE
	SET sha1 = coalesce(b.sha1, excluded.sha1), md5 = coalesce(b.md5, excluded.md5)
	RETURNING b.blob_id INTO v_id;
	IF v_id <> $2 THEN
		PERFORM fota.drop_chunks($1, $2);
	END IF;
END
$$;

COMMENT ON FUNCTION fota.make_blob(int, bigint, bytea, bigint, bytea, bytea) IS
	'Chunks that are complete and verified become a blob, unless there is one with these bytes.';
