-- SPDX-License-Identifier: PostgreSQL
--
-- fota.finish_decode: an upload was verified and decoded: the file becomes a blob, the
-- payload another unless it is the file itself, and the image is published. An image that
-- was deleted meanwhile stays deleted. ok, or incomplete when chunks are missing.

CREATE OR REPLACE FUNCTION fota.finish_decode(job fota.job, result jsonb)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := ($1).tenant_id;
	v_file jsonb := ($1).spec -> 'file';
	v_payload jsonb := CASE WHEN jsonb_typeof($2 -> 'payload') = 'object' THEN $2 -> 'payload' END;
	v_refused jsonb;
BEGIN
	IF NOT fota.chunks_complete(v_tenant, (v_file ->> 'blob_id')::bigint, (v_file ->> 'size')::bigint)
		OR v_payload IS NOT NULL
			AND NOT fota.chunks_complete(v_tenant, ($1).blob_id, (v_payload ->> 'size')::bigint) THEN
		RETURN 'incomplete';
	END IF;
	SELECT jsonb_build_object('code', '22023',
		'message', format('format %s is not accepted for model "%s"', $2 ->> 'format', m.model),
		'detail', format('The model accepts: %s.', array_to_string(m.allowed_formats, ', ')),
		'hint', 'Convert the file, or UPDATE fota.model SET allowed_formats.')
	INTO v_refused
	FROM fota.image i
	JOIN fota.model m ON m.tenant_id = v_tenant AND m.model = i.model
	WHERE i.tenant_id = v_tenant AND i.job_id = ($1).job_id AND i.state = 'decoding'
		AND ($2 ->> 'format') <> ALL (m.allowed_formats);
	IF FOUND THEN
		PERFORM fota.fail_job(v_tenant, ($1).job_id, v_refused, now());
		RETURN 'ok';
	END IF;

	PERFORM fota.make_blob(v_tenant, (v_file ->> 'blob_id')::bigint, decode(v_file ->> 'sha256', 'hex'),
		(v_file ->> 'size')::bigint, decode($2 ->> 'sha1', 'hex'), decode($2 ->> 'md5', 'hex'));
	PERFORM fota.drop_upload(v_tenant, (v_file ->> 'blob_id')::bigint);
	IF v_payload IS NOT NULL THEN
		PERFORM fota.make_blob(v_tenant, ($1).blob_id, decode(v_payload ->> 'sha256', 'hex'),
			(v_payload ->> 'size')::bigint, decode(v_payload ->> 'sha1', 'hex'),
			decode(v_payload ->> 'md5', 'hex'));
	END IF;
	UPDATE fota.image i
	SET state = 'published', sha256 = decode(v_file ->> 'sha256', 'hex'),
		payload_sha256 = decode(coalesce(v_payload, v_file) ->> 'sha256', 'hex'),
		content_id = decode($2 ->> 'content_id', 'hex'), format = $2 ->> 'format',
		size = (v_file ->> 'size')::bigint, error = NULL,
		metadata = coalesce($2 -> 'metadata', '{}') || i.metadata,
		warnings = coalesce($2 -> 'warnings', '[]')
	WHERE i.tenant_id = v_tenant AND i.job_id = ($1).job_id AND i.state = 'decoding';
	RETURN 'ok';
END
$$;

COMMENT ON FUNCTION fota.finish_decode(fota.job, jsonb) IS
	'A decoded upload becomes blobs and its image is published; ok or incomplete.';
