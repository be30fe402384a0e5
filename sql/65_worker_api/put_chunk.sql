-- SPDX-License-Identifier: PostgreSQL
--
-- fota_worker.put_chunk: a chunk of what a job makes. lost: another worker has the job.

CREATE OR REPLACE FUNCTION fota_worker.put_chunk(tenant_id int, job_id bigint, attempt int,
	chunk_no int, data bytea)
RETURNS TABLE (status text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_blob bigint;
BEGIN
	PERFORM set_config('fota.tenant', coalesce($1::text, ''), true);
	SELECT j.blob_id INTO v_blob FROM fota.job j
	WHERE j.tenant_id = $1 AND j.job_id = $2 AND j.attempt = $3 AND j.state = 'running'
	FOR NO KEY UPDATE;
	IF FOUND THEN
		INSERT INTO fota.blob_chunk (tenant_id, blob_id, chunk_no, data)
		VALUES ($1, v_blob, $4, $5)
		ON CONFLICT (tenant_id, blob_id, chunk_no) DO UPDATE SET data = excluded.data;
	END IF;
	PERFORM set_config('fota.tenant', v_before, true);
	RETURN QUERY SELECT CASE WHEN v_blob IS NULL THEN 'lost' ELSE 'ok' END;
END
$$;

COMMENT ON FUNCTION fota_worker.put_chunk(int, bigint, int, int, bytea) IS
	'Stores a chunk of what a job makes, again or for the first time.';
