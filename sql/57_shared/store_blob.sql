-- SPDX-License-Identifier: PostgreSQL
--
-- fota.store_blob: stores bytes as a blob, once. Returns their SHA-256.

CREATE OR REPLACE FUNCTION fota.store_blob(tenant_id int, data bytea)
RETURNS bytea
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_sha256 bytea := sha256($2);
	v_id bigint;
BEGIN
	INSERT INTO fota.blob (tenant_id, sha256, size, sha1, md5, blob_id)
	VALUES ($1, v_sha256, length($2), fota.blob_digest('sha1', $2), fota.blob_digest('md5', $2),
		nextval('fota.blob_id'))
	ON CONFLICT (tenant_id, sha256) DO NOTHING
	RETURNING blob_id INTO v_id;
	INSERT INTO fota.blob_chunk (tenant_id, blob_id, chunk_no, data)
	SELECT $1, v_id, n, substr($2, n * 262144 + 1, 262144)
	FROM generate_series(0, (length($2) - 1) / 262144) n
	WHERE v_id IS NOT NULL;
	RETURN v_sha256;
END
$$;

COMMENT ON FUNCTION fota.store_blob(int, bytea) IS 'Stores bytes as a blob, once; returns their SHA-256.';
