-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ddi_etag: the tag of a body, without quotes.

CREATE OR REPLACE FUNCTION fota.ddi_etag(body text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	RETURN left(encode(sha256(convert_to($1, 'UTF8')), 'hex'), 32);
END
$$;

COMMENT ON FUNCTION fota.ddi_etag(text) IS 'ETag of a body: 32 hex digits, without quotes.';
