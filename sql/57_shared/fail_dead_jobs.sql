-- SPDX-License-Identifier: PostgreSQL
--
-- fota.fail_dead_jobs: jobs that were begun as often as they may and whose worker's lease
-- is over have failed for good. Returns how many.

CREATE OR REPLACE FUNCTION fota.fail_dead_jobs(tenant_id int, at timestamptz)
RETURNS int
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_job fota.job;
	v_count int := 0;
BEGIN
	FOR v_job IN
		SELECT j.* FROM fota.job j
		WHERE j.tenant_id = $1 AND j.state = 'running' AND j.lease_until <= $2
			AND j.attempt >= j.max_attempts
		ORDER BY j.job_id
		FOR UPDATE SKIP LOCKED
	LOOP
		PERFORM fota.fail_job($1, v_job.job_id, jsonb_build_object('code', '57P01',
			'message', format('the worker %s did not finish the job', coalesce(v_job.worker, 'unknown')),
			'detail', format('It was begun %s times; each time the worker''s lease ran out.', v_job.attempt),
			'hint', 'Look into the log of fota-worker: it may lack memory for this file.'), $2);
		v_count := v_count + 1;
	END LOOP;
	RETURN v_count;
END
$$;

COMMENT ON FUNCTION fota.fail_dead_jobs(int, timestamptz) IS
	'Gives up jobs whose workers died each time; the number of them.';
