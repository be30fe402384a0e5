-- SPDX-License-Identifier: PostgreSQL
--
-- fota.queue_job: work for fota-worker. The notification only wakes it early: it looks by
-- itself, too.

CREATE OR REPLACE FUNCTION fota.queue_job(tenant_id int, kind text, spec jsonb, priority int)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_job bigint;
BEGIN
	INSERT INTO fota.job (tenant_id, kind, spec, priority)
	VALUES ($1, $2, $3, $4)
	RETURNING job_id INTO v_job;
	PERFORM pg_notify('fota_job', '');
	RETURN v_job;
END
$$;

COMMENT ON FUNCTION fota.queue_job(int, text, jsonb, int) IS 'Queues a job and wakes the worker; its number.';
