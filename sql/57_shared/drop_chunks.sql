-- SPDX-License-Identifier: PostgreSQL
--
-- fota.drop_chunks: bytes that were put under a number and did not become a blob.

CREATE OR REPLACE FUNCTION fota.drop_chunks(tenant_id int, blob_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	DELETE FROM fota.blob_chunk c
	WHERE c.tenant_id = $1 AND c.blob_id = $2
		AND NOT EXISTS (SELECT FROM fota.blob b WHERE b.tenant_id = $1 AND b.blob_id = $2);
END
$$;

COMMENT ON FUNCTION fota.drop_chunks(int, bigint) IS 'Drops bytes that did not become a blob.';
