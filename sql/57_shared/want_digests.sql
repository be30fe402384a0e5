-- SPDX-License-Identifier: PostgreSQL
--
-- fota.want_digests: a payload that PostgreSQL could not digest in every way that DDI
-- clients ask for: the worker does it. Until then DDI devices are offered nothing of it.

CREATE OR REPLACE FUNCTION fota.want_digests(tenant_id int, sha256 bytea)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	PERFORM fota.queue_job($1, 'digest', jsonb_build_object('file',
		fota.blob_spec(b.blob_id, b.size, b.sha256)), 10)
	FROM fota.blob b
	WHERE b.tenant_id = $1 AND b.sha256 = $2 AND (b.sha1 IS NULL OR b.md5 IS NULL)
		AND NOT EXISTS (SELECT FROM fota.job j
			WHERE j.tenant_id = $1 AND j.kind = 'digest' AND j.state IN ('queued', 'running')
				AND j.spec #>> '{file,sha256}' = encode($2, 'hex'));
END
$$;

COMMENT ON FUNCTION fota.want_digests(int, bytea) IS 'Queues the digests of a blob that lacks some.';
