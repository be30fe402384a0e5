-- SPDX-License-Identifier: PostgreSQL
--
-- fota.upload_finish: all pieces are there: the file becomes an image, which fota-worker
-- verifies and decodes. Options as in fota.add_image. The answer is `decoding`;
-- fota.wait_image waits for more.

CREATE OR REPLACE FUNCTION fota.upload_finish(upload_id bigint, model text, component text,
	version text, options jsonb DEFAULT '{}')
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_upload fota.upload := fota.find_upload(v_tenant, $1, true);
	v_component fota.component := fota.find_component(v_tenant, $2, $3);
	v_image fota.image := fota.image_of_options(v_tenant, $2, $3, $4, $5);
	v_blob bigint;
	v_file bytea;
	v_missing text;
BEGIN
	PERFORM fota.check_image_limits(v_tenant, $2, v_upload.size, v_image.format);
	v_file := fota.file_for_function(v_upload, v_image.format);
	IF v_file IS NOT NULL THEN
		v_missing := fota.add_image($2, $3, $4, v_file, $5);
		PERFORM fota.drop_upload(v_tenant, $1);
		RETURN v_missing;
	END IF;
	SELECT b.blob_id INTO v_blob FROM fota.blob b
	WHERE b.tenant_id = v_tenant AND b.sha256 = v_upload.sha256 AND b.size = v_upload.size;
	IF FOUND THEN
		PERFORM fota.drop_upload(v_tenant, $1);
	ELSIF fota.chunks_complete(v_tenant, $1, v_upload.size) THEN
		v_blob := $1;
		UPDATE fota.upload u SET state = 'finished' WHERE u.tenant_id = v_tenant AND u.upload_id = $1;
	ELSE
		SELECT string_agg(n::text, ', ' ORDER BY n) INTO v_missing
		FROM (SELECT n FROM generate_series(0, (v_upload.size - 1) / 262144) n
			WHERE NOT EXISTS (SELECT FROM fota.blob_chunk c
				WHERE c.tenant_id = v_tenant AND c.blob_id = $1 AND c.chunk_no = n)
			ORDER BY n LIMIT 10) m;
		RAISE EXCEPTION 'upload % is not complete', $1
			USING ERRCODE = '55000', DETAIL = format('Chunks that are missing: %s (the first 10 are named).', v_missing),
				HINT = 'fota.upload_begin tells where to go on; nothing is lost.';
	END IF;
	PERFORM fota.queue_decode(v_image, fota.blob_spec(v_blob, v_upload.size, v_upload.sha256), $5);
	RETURN 'decoding';
END
$$;

COMMENT ON FUNCTION fota.upload_finish(bigint, text, text, text, jsonb) IS
	'An upload is complete: its file becomes an image once the worker has verified and decoded it.';
