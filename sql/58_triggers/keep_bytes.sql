-- SPDX-License-Identifier: PostgreSQL
--
-- fota.keep_bytes: the bytes of a blob are what its SHA-256 says, and devices are promised
-- them: they are neither altered nor dropped while the blob is there. Bytes of an upload
-- under way, or of what a job is making, are free.

CREATE OR REPLACE FUNCTION fota.keep_bytes()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
	v_sha256 text;
BEGIN
	IF TG_OP <> 'TRUNCATE' THEN
		SELECT encode(b.sha256, 'hex') INTO v_sha256
		FROM changed c
		JOIN fota.blob b ON b.tenant_id = c.tenant_id AND b.blob_id = c.blob_id
		LIMIT 1;
		IF NOT FOUND THEN
			RETURN NULL;
		END IF;
	END IF;
	RAISE EXCEPTION 'stored bytes cannot be changed'
		USING ERRCODE = '55000',
			DETAIL = CASE TG_OP WHEN 'TRUNCATE' THEN 'TRUNCATE would drop those of all images.'
				ELSE format('They belong to the blob with SHA-256 %s.', v_sha256) END,
			HINT = 'Another file is another image: fota.add_image.';
END
$$;

COMMENT ON FUNCTION fota.keep_bytes() IS 'Trigger: refuses to alter or drop the bytes of a blob.';

CREATE TRIGGER keep_bytes_update AFTER UPDATE ON fota.blob_chunk
	REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION fota.keep_bytes();
COMMENT ON TRIGGER keep_bytes_update ON fota.blob_chunk IS 'The bytes of a blob never change.';
CREATE TRIGGER keep_bytes_delete AFTER DELETE ON fota.blob_chunk
	REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION fota.keep_bytes();
COMMENT ON TRIGGER keep_bytes_delete ON fota.blob_chunk IS 'The bytes of a blob stay as long as it.';
CREATE TRIGGER keep_bytes_truncate BEFORE TRUNCATE ON fota.blob_chunk
	FOR EACH STATEMENT EXECUTE FUNCTION fota.keep_bytes();
COMMENT ON TRIGGER keep_bytes_truncate ON fota.blob_chunk IS 'The bytes of a blob stay as long as it.';
