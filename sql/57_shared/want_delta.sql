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
	v_spec jsonb;
BEGIN
	INSERT INTO fota.delta (tenant_id, source, target, format, state, requested_at)
	VALUES ($1, $2, $3, '{1}', 'wanted', $4)
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RETURN false;
	END IF;

	SELECT jsonb_build_object('source', fota.blob_spec(s.blob_id, s.size, s.sha256),
		'target', fota.blob_spec(t.blob_id, t.size, t.sha256),
		'format', '[1]'::jsonb, 'name', 'bsdiff40')
	INTO v_spec
	FROM fota.blob s
	JOIN fota.blob t ON t.tenant_id = $1 AND t.sha256 = $3
	WHERE s.tenant_id = $1 AND s.sha256 = $2;
	UPDATE fota.delta x SET job_id = fota.queue_job($1, 'delta', v_spec, 0)
	WHERE x.tenant_id = $1 AND x.source = $2 AND x.target = $3 AND x.format = '{1}';
	RETURN true;
END
$$;

COMMENT ON FUNCTION fota.want_delta(int, bytea, bytea, timestamptz) IS
	'Enqueues the making of a delta unless it was asked for before.';
