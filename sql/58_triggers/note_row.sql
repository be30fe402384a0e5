-- SPDX-License-Identifier: PostgreSQL
--
-- fota.note_row: a catalogue row of a tenant became document (NULL = deleted).

CREATE OR REPLACE FUNCTION fota.note_row(tenant_id int, relation text, key text, document jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	INSERT INTO fota.row_version (tenant_id, relation, key, change_no, document)
	SELECT c.tenant_id, $2, $3, c.change_no, $4 FROM fota.open_changes(ARRAY[$1]) c
	ON CONFLICT (tenant_id, relation, key, change_no) DO UPDATE SET document = excluded.document;
END
$$;

COMMENT ON FUNCTION fota.note_row(int, text, text, jsonb) IS
	'Writes a version of a catalogue row under the transaction''s change.';
