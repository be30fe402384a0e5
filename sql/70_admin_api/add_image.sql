-- SPDX-License-Identifier: PostgreSQL
--
-- fota.add_image: a file becomes an image of a model's component. It is decoded at once
-- where this profile can and the file is not larger than setting inline_decode (raw: always);
-- else by fota-worker: then the answer is `decoding`, and fota.wait_image waits for it. A
-- file that is no good is refused with an error that says where, and leaves nothing behind.
-- For options see fota.image_of_options.

CREATE OR REPLACE FUNCTION fota.add_image(model text, component text, version text, file bytea,
	options jsonb DEFAULT '{}')
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_component fota.component := fota.find_component(v_tenant, $1, $2);
	v_image fota.image := fota.image_of_options(v_tenant, $1, $2, $3, $5);
	v_format text;
	v_payload bytea;
	v_metadata jsonb;
	v_fault jsonb;
	v_blob bigint;
BEGIN
	IF coalesce(length($4), 0) = 0 THEN
		RAISE EXCEPTION 'the file of % % % is empty', $1, $2, $3 USING ERRCODE = '22023';
	END IF;
	PERFORM fota.check_image_limits(v_tenant, $1, length($4), v_image.format);
	v_image.sha256 := sha256($4);
	v_image.size := length($4);
	SELECT d.format, d.payload, d.content_id, d.metadata, d.warnings
	INTO v_format, v_payload, v_image.content_id, v_metadata, v_image.warnings
	FROM fota.decode_by_function(v_tenant, $4, v_image.format, $5) d;
	IF v_format IS NOT NULL THEN
		NULL;
	ELSIF v_image.format = 'raw' OR length($4) <= fota.get_setting(v_tenant, 'inline_decode')::bigint THEN
		SELECT d.format, d.payload, d.content_id, d.metadata, d.warnings
		INTO v_format, v_payload, v_image.content_id, v_metadata, v_image.warnings
		FROM fota.decode_inline(v_component, $4, v_image.format, $5, (
			SELECT m.max_image_bytes FROM fota.model m WHERE m.tenant_id = v_tenant AND m.model = $1)) d;
	END IF;

	IF v_format IS NULL THEN
		v_blob := nextval('fota.blob_id');
		INSERT INTO fota.upload (tenant_id, upload_id, sha256, size, state)
		VALUES (v_tenant, v_blob, v_image.sha256, v_image.size, 'finished');
		INSERT INTO fota.blob_chunk (tenant_id, blob_id, chunk_no, data)
		SELECT v_tenant, v_blob, n, substr($4, n * 262144 + 1, 262144)
		FROM generate_series(0, (length($4) - 1) / 262144) n;
		v_image.warnings := '[]';
		PERFORM fota.queue_decode(v_image, fota.blob_spec(v_blob, v_image.size, v_image.sha256), $5);
		RETURN 'decoding';
	END IF;
	PERFORM fota.check_image_limits(v_tenant, $1, length($4), v_format);
	v_fault := fota.metadata_fault(v_image, v_metadata);
	IF v_fault IS NOT NULL AND NOT coalesce($5 -> 'waivers' ? 'metadata_mismatch', false) THEN
		RAISE EXCEPTION '%', v_fault ->> 'message'
			USING ERRCODE = v_fault ->> 'code', TABLE = 'image', CONSTRAINT = 'image_metadata_mismatch',
				DETAIL = v_fault ->> 'detail', HINT = v_fault ->> 'hint';
	END IF;
	PERFORM fota.store_blob(v_tenant, $4);
	v_image.payload_sha256 := CASE WHEN v_payload IS NULL THEN v_image.sha256
		ELSE fota.store_blob(v_tenant, v_payload) END;
	v_image.state := 'published';
	v_image.format := v_format;
	v_image.metadata := v_metadata - 'digests' || v_image.metadata;
	v_image.warnings := v_image.warnings || fota.mismatch_warning(v_fault);
	PERFORM fota.put_image(v_image);
	PERFORM fota.put_digests(v_image, coalesce(v_metadata -> 'digests', '[]'));
	PERFORM fota.want_digests(v_tenant, v_image.payload_sha256);
	RETURN 'published';
END
$$;

COMMENT ON FUNCTION fota.add_image(text, text, text, bytea, jsonb) IS
	'Adds a file as an image; the state of it: published, or decoding until the worker is done.';
