-- SPDX-License-Identifier: PostgreSQL
--
-- fota.note_change: row trigger of tables of which few changes can alter a decision (deltas, failures
-- that are forgiven): its WHEN says which. Its arguments are the columns of the primary key after
-- tenant_id, which do not change. Bytes are written in hex, whatever the session's style: a key is one text.

CREATE OR REPLACE FUNCTION fota.note_change()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET bytea_output = 'hex'
AS $$
DECLARE
	v_row CONSTANT jsonb := CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
BEGIN
	PERFORM fota.note_row((v_row ->> 'tenant_id')::int, TG_TABLE_NAME, fota.row_key(v_row, TG_ARGV[0:]),
		CASE WHEN TG_OP <> 'DELETE' THEN v_row END);
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.note_change() IS 'Row trigger of tables that are only partly of the catalogue: version and change.';
