-- SPDX-License-Identifier: PostgreSQL
--
-- fota.drop_upload: an upload is over: its row goes, and its bytes unless they became a blob.

CREATE OR REPLACE FUNCTION fota.drop_upload(tenant_id int, upload_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	DELETE FROM fota.upload u WHERE u.tenant_id = $1 AND u.upload_id = $2;
	PERFORM fota.drop_chunks($1, $2);
END
$$;

COMMENT ON FUNCTION fota.drop_upload(int, bigint) IS 'Ends an upload; its bytes go unless they became a blob.';
