-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.block_hashes: for devices that cannot hold an artifact whole: the first 16
-- bytes of the SHA-256 of each of its blocks, in order. The block is a power of two from
-- 4096 to 262144 bytes, the smallest with which there are at most 2048 of them.

CREATE OR REPLACE FUNCTION fota_device.block_hashes(tenant_id int, device_id bigint, action int,
	item int, child text, at timestamptz)
RETURNS TABLE (status text, block_size int, hashes bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_grant record;
	v_block int := 4096;
	v_hashes bytea;
BEGIN
	SELECT g.* INTO v_grant FROM fota_device."grant"($1, $2, $3, $4, $5, $6) g;
	IF v_grant.status <> 'ok' THEN
		RETURN QUERY SELECT v_grant.status, NULL::int, NULL::bytea;
		RETURN;
	END IF;
	WHILE v_block < 262144 AND v_grant.size > v_block::bigint * 2048 LOOP
		v_block := v_block * 2;
	END LOOP;
	PERFORM set_config('fota.tenant', $1::text, true);
	SELECT string_agg(substr(sha256(substr(c.data, o.start + 1, v_block)), 1, 16), ''::bytea
		ORDER BY c.chunk_no, o.start) INTO v_hashes
	FROM fota.blob b
	JOIN fota.blob_chunk c ON c.tenant_id = $1 AND c.blob_id = b.blob_id
	CROSS JOIN LATERAL generate_series(0, length(c.data) - 1, v_block) o (start)
	WHERE b.tenant_id = $1 AND b.sha256 = v_grant.sha256;
	PERFORM set_config('fota.tenant', v_before, true);
	RETURN QUERY SELECT 'ok', v_block, v_hashes;
END
$$;

COMMENT ON FUNCTION fota_device.block_hashes(int, bigint, int, int, text, timestamptz) IS
	'Hashes of the blocks of what an item of the device''s open action travels as.';
