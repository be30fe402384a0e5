-- SPDX-License-Identifier: PostgreSQL
--
-- fota.finish_delta: a delta was made, applied once and compared: it becomes a blob and is
-- ready, which raises the epoch. ok, or incomplete when chunks are missing.

CREATE OR REPLACE FUNCTION fota.finish_delta(job fota.job, result jsonb)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := ($1).tenant_id;
	v_size bigint := ($2 ->> 'size')::bigint;
	v_sha256 bytea := decode($2 ->> 'sha256', 'hex');
BEGIN
	IF NOT fota.chunks_complete(v_tenant, ($1).blob_id, v_size) THEN
		RETURN 'incomplete';
	END IF;
	PERFORM fota.make_blob(v_tenant, ($1).blob_id, v_sha256, v_size, decode($2 ->> 'sha1', 'hex'),
		decode($2 ->> 'md5', 'hex'));
	UPDATE fota.delta x
	SET state = 'ready', sha256 = v_sha256, size = v_size, ready_at = now(), error = NULL
	WHERE x.tenant_id = v_tenant AND x.job_id = ($1).job_id AND x.state IN ('wanted', 'failed');
	RETURN 'ok';
END
$$;

COMMENT ON FUNCTION fota.finish_delta(fota.job, jsonb) IS
	'A verified delta becomes a blob and is ready; ok or incomplete.';
