-- SPDX-License-Identifier: PostgreSQL
--
-- fota.fail_job: a job has failed for good: what it was for is refused, with the error,
-- and the bytes that only it had are dropped.

CREATE OR REPLACE FUNCTION fota.fail_job(tenant_id int, job_id bigint, error jsonb, at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_job fota.job;
	v_image fota.image;
BEGIN
	UPDATE fota.job j
	SET state = 'failed', error = $3, lease_until = NULL, finished_at = $4
	WHERE j.tenant_id = $1 AND j.job_id = $2
	RETURNING j.* INTO v_job;
	PERFORM fota.drop_chunks($1, v_job.blob_id);

	IF v_job.kind = 'decode' THEN
		UPDATE fota.image i SET state = 'refused', error = $3
		WHERE i.tenant_id = $1 AND i.job_id = $2 AND i.state = 'decoding'
		RETURNING i.* INTO v_image;
		PERFORM fota.drop_upload($1, (v_job.spec #>> '{file,blob_id}')::bigint);
		PERFORM fota.add_event($1, 'image_refused', NULL, NULL, jsonb_build_object('model', v_image.model,
			'component', v_image.component, 'version', v_image.version, 'build', nullif(v_image.build, ''),
			'error', $3));
	ELSIF v_job.kind = 'delta' THEN
		UPDATE fota.delta x SET state = 'failed', error = $3
		WHERE x.tenant_id = $1 AND x.job_id = $2 AND x.state = 'wanted';
		PERFORM fota.add_event($1, 'delta_failed', NULL, NULL, jsonb_build_object(
			'source', v_job.spec #>> '{source,sha256}', 'target', v_job.spec #>> '{target,sha256}',
			'error', $3));
	ELSE
		PERFORM fota.add_event($1, 'digest_failed', NULL, NULL, jsonb_build_object(
			'sha256', v_job.spec #>> '{file,sha256}', 'error', $3));
	END IF;
END
$$;

COMMENT ON FUNCTION fota.fail_job(int, bigint, jsonb, timestamptz) IS
	'A job has failed for good: refuses the image or delta, drops its bytes, writes an event.';
