-- SPDX-License-Identifier: PostgreSQL
--
-- fota.refuse_unsupported: tables and columns that this version keeps a place for but does
-- not honour: better refused when set than silently ignored.

CREATE OR REPLACE FUNCTION fota.refuse_unsupported()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	RAISE EXCEPTION 'fota.%: % not supported by this version', TG_TABLE_NAME, TG_ARGV[0]
		USING ERRCODE = '0A000', DETAIL = 'The resolver would ignore it.', HINT = TG_ARGV[1];
END
$$;

COMMENT ON FUNCTION fota.refuse_unsupported() IS 'Trigger: refuses what is not honoured yet.';

