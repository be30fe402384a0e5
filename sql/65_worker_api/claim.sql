-- SPDX-License-Identifier: PostgreSQL
--
-- fota_worker.claim: the next job for a worker, or status none. Tenants take turns: the one
-- with the fewest jobs under way comes first. The worker has the job for the lease, which
-- it renews; a job whose lease is over is given to the next who asks, with attempt raised
-- and without the bytes that the last attempt put.

CREATE OR REPLACE FUNCTION fota_worker.claim(worker text, lease interval)
RETURNS TABLE (status text, tenant_id int, job_id bigint, attempt int, kind text, spec jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_tenant int;
	v_tenants int[] := '{}';
	v_running bigint[] := '{}';
	v_count bigint;
	v_job fota.job;
BEGIN
	FOR v_tenant IN SELECT t.tenant_id FROM fota.tenant t ORDER BY t.tenant_id LOOP
		PERFORM set_config('fota.tenant', v_tenant::text, true);
		PERFORM fota.fail_dead_jobs(v_tenant, now());
		SELECT count(*) FILTER (WHERE j.state = 'running' AND j.lease_until > now()) INTO v_count
		FROM fota.job j
		WHERE j.tenant_id = v_tenant AND j.state IN ('queued', 'running')
		HAVING bool_or(j.state = 'queued' AND j.run_at <= now() OR j.lease_until <= now());
		IF FOUND THEN
			v_tenants := v_tenants || v_tenant;
			v_running := v_running || v_count;
		END IF;
	END LOOP;

	FOR v_tenant IN
		SELECT u.tenant FROM unnest(v_tenants, v_running) u (tenant, running)
		ORDER BY u.running, random()
	LOOP
		PERFORM set_config('fota.tenant', v_tenant::text, true);
		UPDATE fota.job j
		SET state = 'running', attempt = j.attempt + 1, worker = left($1, 100),
			lease_until = now() + coalesce($2, '1 minute')
		WHERE j.tenant_id = v_tenant AND j.job_id = (
			SELECT n.job_id FROM fota.job n
			WHERE n.tenant_id = v_tenant AND n.attempt < n.max_attempts
				AND (n.state = 'queued' AND n.run_at <= now()
					OR n.state = 'running' AND n.lease_until <= now())
			ORDER BY n.priority DESC, n.job_id
			LIMIT 1
			FOR UPDATE SKIP LOCKED)
		RETURNING j.* INTO v_job;
		EXIT WHEN FOUND;
	END LOOP;
	IF v_job.attempt > 1 THEN
		PERFORM fota.drop_chunks(v_job.tenant_id, v_job.blob_id);
	END IF;
	PERFORM set_config('fota.tenant', v_before, true);
	RETURN QUERY SELECT CASE WHEN v_job.job_id IS NULL THEN 'none' ELSE 'ok' END, v_job.tenant_id,
		v_job.job_id, v_job.attempt, v_job.kind, v_job.spec;
END
$$;

COMMENT ON FUNCTION fota_worker.claim(text, interval) IS
	'The next job for a worker, which has it for the lease; status none when there is none.';
