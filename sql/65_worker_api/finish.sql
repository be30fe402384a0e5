-- SPDX-License-Identifier: PostgreSQL
--
-- fota_worker.finish: a job is done: what it made becomes a blob, and the image is
-- published, the delta ready or the digests known. incomplete: chunks are missing or of the
-- wrong length, nothing happened, the job goes on. lost: another worker has the job.

CREATE OR REPLACE FUNCTION fota_worker.finish(tenant_id int, job_id bigint, attempt int, result jsonb)
RETURNS TABLE (status text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_job fota.job;
	v_status text := 'lost';
BEGIN
	PERFORM set_config('fota.tenant', coalesce($1::text, ''), true);
	SELECT j.* INTO v_job FROM fota.job j
	WHERE j.tenant_id = $1 AND j.job_id = $2 AND j.attempt = $3 AND j.state = 'running'
	FOR NO KEY UPDATE;
	IF FOUND THEN
		v_status := CASE v_job.kind
			WHEN 'decode' THEN fota.finish_decode(v_job, $4)
			WHEN 'delta' THEN fota.finish_delta(v_job, $4)
			ELSE fota.finish_digest(v_job, $4) END;
		UPDATE fota.job j
		SET state = 'done', result = $4, error = NULL, lease_until = NULL, finished_at = now()
		WHERE j.tenant_id = $1 AND j.job_id = $2 AND j.state = 'running' AND v_status = 'ok';
	END IF;
	PERFORM set_config('fota.tenant', v_before, true);
	RETURN QUERY SELECT v_status;
END
$$;

COMMENT ON FUNCTION fota_worker.finish(int, bigint, int, jsonb) IS
	'A job is done: publishes the image, or makes the delta ready; ok, lost or incomplete.';
