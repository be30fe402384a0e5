-- SPDX-License-Identifier: PostgreSQL
--
-- fota.decode_payload: decoding an image format needs our library; here the worker does it.

CREATE OR REPLACE FUNCTION fota.decode_payload(file bytea, as_format text, options jsonb)
RETURNS TABLE (format text, payload bytea, content_id bytea, metadata jsonb, warnings jsonb)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10000 ROWS 1
AS $$
BEGIN
	RAISE EXCEPTION 'this profile cannot decode images inside PostgreSQL'
		USING ERRCODE = '0A000',
			DETAIL = 'The portable profile has no library of ours.',
			HINT = 'fota.add_image leaves it to fota-worker; fota.wait_image waits for it.';
END
$$;

COMMENT ON FUNCTION fota.decode_payload(bytea, text, jsonb) IS
	'What devices get of an image file (payload NULL: the file itself), and what it says of itself.';
