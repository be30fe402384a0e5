-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.read_blob: chunks of 256 KiB of a stored blob, for the front-ends' cache.

CREATE OR REPLACE FUNCTION fota_device.read_blob(tenant_id int, sha256 bytea, first int, count int)
RETURNS TABLE (status text, chunk_no int, data bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
BEGIN
	PERFORM set_config('fota.tenant', coalesce($1::text, ''), true);
	RETURN QUERY
	SELECT 'ok', c.chunk_no, c.data
	FROM fota.blob b
	JOIN fota.blob_chunk c ON c.tenant_id = $1 AND c.blob_id = b.blob_id
	WHERE b.tenant_id = $1 AND b.sha256 = $2 AND c.chunk_no >= $3
		AND c.chunk_no::bigint < $3::bigint + least(greatest(coalesce($4, 1), 0), 64)
	ORDER BY c.chunk_no;
	IF NOT FOUND THEN
		RETURN QUERY SELECT 'not_found', $3, NULL::bytea;
	END IF;
	PERFORM set_config('fota.tenant', v_before, true);
END
$$;

COMMENT ON FUNCTION fota_device.read_blob(int, bytea, int, int) IS
	'Up to 64 chunks of 256 KiB of a blob, from the first on; not_found when there is none.';
