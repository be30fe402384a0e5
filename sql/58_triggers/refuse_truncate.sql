-- SPDX-License-Identifier: PostgreSQL
--
-- fota.refuse_truncate: TRUNCATE passes row triggers by, so the epoch, the versions and
-- the audit would not know of it.

CREATE OR REPLACE FUNCTION fota.refuse_truncate()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	RAISE EXCEPTION 'table fota.% cannot be truncated', TG_TABLE_NAME
		USING ERRCODE = '0A000',
			DETAIL = 'TRUNCATE would change the catalogue without a trace in its history.',
			HINT = format('DELETE FROM fota.%I does it with one.', TG_TABLE_NAME);
END
$$;

COMMENT ON FUNCTION fota.refuse_truncate() IS 'Trigger: refuses TRUNCATE.';
