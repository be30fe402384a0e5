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
	v_metadata jsonb := coalesce($2 -> 'metadata', '{}');
	v_image fota.image;
	v_fault jsonb;
	v_refused jsonb;
	v_message text;
	v_detail text;
	v_hint text;
BEGIN
	IF NOT fota.chunks_complete(v_tenant, (v_file ->> 'blob_id')::bigint, (v_file ->> 'size')::bigint)
		OR v_payload IS NOT NULL
			AND NOT fota.chunks_complete(v_tenant, ($1).blob_id, (v_payload ->> 'size')::bigint) THEN
		RETURN 'incomplete';
	END IF;
	SELECT i.* INTO v_image FROM fota.image i
	WHERE i.tenant_id = v_tenant AND i.job_id = ($1).job_id AND i.state = 'decoding';
	IF FOUND THEN
		v_fault := fota.metadata_fault(v_image, v_metadata);
		v_refused := CASE WHEN ($1).spec -> 'waivers' ? 'metadata_mismatch' THEN NULL ELSE v_fault END;
		BEGIN
			PERFORM fota.check_image_limits(v_tenant, v_image.model, 0, $2 ->> 'format');
		EXCEPTION WHEN invalid_parameter_value THEN
			GET STACKED DIAGNOSTICS v_message = MESSAGE_TEXT, v_detail = PG_EXCEPTION_DETAIL, v_hint = PG_EXCEPTION_HINT;
			v_refused := jsonb_build_object('code', '22023', 'message', v_message, 'detail', v_detail, 'hint', v_hint);
		END;
	END IF;
	IF v_refused IS NOT NULL THEN
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
		metadata = v_metadata - 'digests' || i.metadata,
		warnings = coalesce($2 -> 'warnings', '[]') || fota.mismatch_warning(v_fault)
	WHERE i.tenant_id = v_tenant AND i.job_id = ($1).job_id AND i.state = 'decoding'
	RETURNING i.* INTO v_image;
	IF FOUND THEN
		PERFORM fota.put_digests(v_image, coalesce(v_metadata -> 'digests', '[]'));
	END IF;
	RETURN 'ok';
END
$$;

COMMENT ON FUNCTION fota.finish_decode(fota.job, jsonb) IS
	'A decoded upload becomes blobs and its image is published; ok or incomplete.';
