-- SPDX-License-Identifier: PostgreSQL
--
-- fota.upload_chunk: a piece of a file: 262144 bytes, fewer only in the last. The same
-- piece may be sent again, pieces may come in any order.

CREATE OR REPLACE FUNCTION fota.upload_chunk(upload_id bigint, chunk_no int, data bytea)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_upload fota.upload := fota.find_upload(v_tenant, $1, false);
	v_last int := (v_upload.size - 1) / 262144;
	v_want int := least(262144, v_upload.size - $2::bigint * 262144);
BEGIN
	IF $2 IS NULL OR $2 NOT BETWEEN 0 AND v_last THEN
		RAISE EXCEPTION 'upload % has no chunk %', $1, coalesce($2::text, 'NULL')
			USING ERRCODE = '22023', DETAIL = format('Its %s bytes are chunks 0 to %s.', v_upload.size, v_last);
	ELSIF length($3) IS DISTINCT FROM v_want THEN
		RAISE EXCEPTION 'chunk % of upload % has % bytes', $2, $1, coalesce(length($3)::text, 'no')
			USING ERRCODE = '22023', DETAIL = format('Expected %s bytes.', v_want),
				HINT = 'Every chunk but the last has 262144 bytes.';
	END IF;
	INSERT INTO fota.blob_chunk (tenant_id, blob_id, chunk_no, data)
	VALUES (v_tenant, $1, $2, $3)
	ON CONFLICT (tenant_id, blob_id, chunk_no) DO UPDATE SET data = excluded.data;
END
$$;

COMMENT ON FUNCTION fota.upload_chunk(bigint, int, bytea) IS 'Stores a piece of 256 KiB of an upload.';
