-- SPDX-License-Identifier: PostgreSQL
--
-- fota.want_delta: asks for a delta, once per (source, target, format) however many
-- devices would use it: one row of fota.delta and one job.

CREATE OR REPLACE FUNCTION fota.want_delta(tenant_id int, source bytea, target bytea, at timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_job bigint;
BEGIN
	INSERT INTO fota.delta (tenant_id, source, target, format, state, requested_at)
	VALUES ($1, $2, $3, '{1}', 'wanted', $4)
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RETURN false;
	END IF;

	INSERT INTO fota.job (tenant_id, kind, spec)
	SELECT $1, 'delta', jsonb_build_object('source', encode($2, 'hex'), 'target', encode($3, 'hex'),
		'source_size', s.size, 'target_size', t.size, 'format', '[1]'::jsonb, 'name', 'bsdiff40')
	FROM fota.blob s
	JOIN fota.blob t ON t.tenant_id = $1 AND t.sha256 = $3
	WHERE s.tenant_id = $1 AND s.sha256 = $2
	RETURNING job_id INTO v_job;
	UPDATE fota.delta x SET job_id = v_job
	WHERE x.tenant_id = $1 AND x.source = $2 AND x.target = $3 AND x.format = '{1}';
	RETURN true;
END
$$;

COMMENT ON FUNCTION fota.want_delta(int, bytea, bytea, timestamptz) IS
	'Enqueues the making of a delta unless it was asked for before.';
