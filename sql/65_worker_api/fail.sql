-- SPDX-License-Identifier: PostgreSQL
--
-- fota_worker.fail: a job did not succeed. again: the fault may pass (the worker was
-- stopped, memory was short): it is tried later, after a pause that doubles, while attempts
-- are left. Else the image is refused, or the delta has failed, with this error.

CREATE OR REPLACE FUNCTION fota_worker.fail(tenant_id int, job_id bigint, attempt int, code text,
	message text, detail text, hint text, again boolean)
RETURNS TABLE (status text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_error jsonb := jsonb_strip_nulls(jsonb_build_object('code', coalesce($4, 'XX000'),
		'message', coalesce($5, 'no reason was given'), 'detail', nullif($6, ''), 'hint', nullif($7, '')));
	v_job fota.job;
BEGIN
	PERFORM set_config('fota.tenant', coalesce($1::text, ''), true);
	SELECT j.* INTO v_job FROM fota.job j
	WHERE j.tenant_id = $1 AND j.job_id = $2 AND j.attempt = $3 AND j.state = 'running'
	FOR NO KEY UPDATE;
	IF FOUND AND $8 AND v_job.attempt < v_job.max_attempts THEN
		UPDATE fota.job j
		SET state = 'queued', error = v_error, lease_until = NULL,
			run_at = now() + interval '5 seconds' * power(2, least(v_job.attempt, 10))
		WHERE j.tenant_id = $1 AND j.job_id = $2;
	ELSIF v_job.job_id IS NOT NULL THEN
		PERFORM fota.fail_job($1, $2, v_error, now());
	END IF;
	PERFORM set_config('fota.tenant', v_before, true);
	RETURN QUERY SELECT CASE WHEN v_job.job_id IS NULL THEN 'lost' ELSE 'ok' END;
END
$$;

COMMENT ON FUNCTION fota_worker.fail(int, bigint, int, text, text, text, text, boolean) IS
	'A job did not succeed: it is tried again later, or has failed for good.';
