-- SPDX-License-Identifier: PostgreSQL
--
-- fota.find_upload: an upload that is under way, or a clear error. It cannot be finished
-- while the caller's transaction lasts, nor written to while another finishes it.

CREATE OR REPLACE FUNCTION fota.find_upload(tenant_id int, upload_id bigint, to_finish boolean)
RETURNS fota.upload
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_upload fota.upload;
BEGIN
	IF $3 THEN
		SELECT u.* INTO v_upload FROM fota.upload u
		WHERE u.tenant_id = $1 AND u.upload_id = $2 FOR UPDATE;
	ELSE
		SELECT u.* INTO v_upload FROM fota.upload u
		WHERE u.tenant_id = $1 AND u.upload_id = $2 FOR SHARE;
	END IF;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no upload %', coalesce($2::text, 'NULL')
			USING ERRCODE = 'P0002', DETAIL = 'It was never begun, or it is over.',
				HINT = 'fota.upload_begin(sha256, size) begins or resumes an upload.';
	ELSIF v_upload.state <> 'open' THEN
		RAISE EXCEPTION 'upload % is finished', $2
			USING ERRCODE = '55000', DETAIL = 'Its file is being decoded.',
				HINT = 'fota.wait_image waits for the image.';
	END IF;
	RETURN v_upload;
END
$$;

COMMENT ON FUNCTION fota.find_upload(int, bigint, boolean) IS 'An upload that is under way, locked; raises when there is none.';
