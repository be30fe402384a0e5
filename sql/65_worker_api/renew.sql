-- SPDX-License-Identifier: PostgreSQL
--
-- fota_worker.renew: the worker is still at its job. lost: another has it now, or it is
-- over; the worker drops it.

CREATE OR REPLACE FUNCTION fota_worker.renew(tenant_id int, job_id bigint, attempt int, lease interval)
RETURNS TABLE (status text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_mine boolean;
BEGIN
	PERFORM set_config('fota.tenant', coalesce($1::text, ''), true);
	UPDATE fota.job j SET lease_until = now() + coalesce($4, '1 minute')
	WHERE j.tenant_id = $1 AND j.job_id = $2 AND j.attempt = $3 AND j.state = 'running';
	v_mine := FOUND;
	PERFORM set_config('fota.tenant', v_before, true);
	RETURN QUERY SELECT CASE WHEN v_mine THEN 'ok' ELSE 'lost' END;
END
$$;

COMMENT ON FUNCTION fota_worker.renew(int, bigint, int, interval) IS
	'Renews the lease of a job; lost when another worker has it.';
