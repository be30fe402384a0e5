-- SPDX-License-Identifier: PostgreSQL
--
-- fota.file_for_function: the file of a complete upload, if a function of a decoder is for it: then it is decoded here instead
-- of by the worker. NULL = it is not. The digest is checked here, as the worker does for others.

CREATE OR REPLACE FUNCTION fota.file_for_function(upload fota.upload, format text)
RETURNS bytea
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_file bytea;
BEGIN
	IF NOT EXISTS (SELECT FROM fota.decoder d
		WHERE d.tenant_id = ($1).tenant_id AND d.function IS NOT NULL AND (d.decoder = $2 COLLATE "C"
			OR $2 IS NULL AND (SELECT substr(c.data, d.magic_offset + 1, length(d.magic)) FROM fota.blob_chunk c
				WHERE c.tenant_id = ($1).tenant_id AND c.blob_id = ($1).upload_id AND c.chunk_no = 0) = d.magic))
		OR NOT fota.chunks_complete(($1).tenant_id, ($1).upload_id, ($1).size) THEN
		RETURN NULL;
	END IF;
	IF ($1).size > fota.get_limit(($1).tenant_id, 'max_flat') THEN
		RAISE EXCEPTION 'the file has % bytes, too many for the function of a decoder', ($1).size
			USING ERRCODE = '54000', DETAIL = format('Setting max_flat allows %s bytes.', fota.get_limit(($1).tenant_id, 'max_flat'));
	END IF;
	SELECT string_agg(c.data, '' ORDER BY c.chunk_no) INTO v_file FROM fota.blob_chunk c
	WHERE c.tenant_id = ($1).tenant_id AND c.blob_id = ($1).upload_id;
	IF sha256(v_file) <> ($1).sha256 THEN
		RAISE EXCEPTION 'the uploaded bytes are not those that were announced'
			USING ERRCODE = 'UF002', DETAIL = format('SHA-256 %s, announced was %s.', encode(sha256(v_file), 'hex'),
				encode(($1).sha256, 'hex')), HINT = 'Upload the file again.';
	END IF;
	RETURN v_file;
END
$$;

COMMENT ON FUNCTION fota.file_for_function(fota.upload, text) IS
	'The file of a complete upload, if a function of a decoder is for it.';
