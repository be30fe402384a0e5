-- SPDX-License-Identifier: PostgreSQL
--
-- fota.chunks_complete: are there, under this number, all chunks of so many bytes, each of
-- its length, and none beyond?

CREATE OR REPLACE FUNCTION fota.chunks_complete(tenant_id int, blob_id bigint, size bigint)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (
		SELECT coalesce(count(*) = ($3 + 262143) / 262144 AND sum(length(c.data)) = $3
			AND bool_and(length(c.data) = least(262144, $3 - c.chunk_no::bigint * 262144)), false)
		FROM fota.blob_chunk c
		WHERE c.tenant_id = $1 AND c.blob_id = $2);
END
$$;

COMMENT ON FUNCTION fota.chunks_complete(int, bigint, bigint) IS
	'True when the chunks under a number are exactly those of so many bytes.';
