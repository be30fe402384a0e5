-- SPDX-License-Identifier: PostgreSQL
--
-- fota.note_row: a catalogue row of a tenant became document (NULL = deleted). Opens the
-- transaction's change of that tenant on first use; a row of fota.change with epoch NULL
-- that this transaction sees is its own, since others fill theirs before they commit.

CREATE OR REPLACE FUNCTION fota.note_row(tenant_id int, relation text, key text, document jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_change bigint;
BEGIN
	SELECT c.change_no INTO v_change FROM fota.change c
	WHERE c.tenant_id = $1 AND c.epoch IS NULL;
	IF NOT FOUND THEN
		INSERT INTO fota.change (tenant_id) VALUES ($1) RETURNING change_no INTO v_change;
	END IF;
	INSERT INTO fota.row_version (tenant_id, relation, key, change_no, document)
	VALUES ($1, $2, $3, v_change, $4)
	ON CONFLICT (tenant_id, relation, key, change_no) DO UPDATE SET document = excluded.document;
END
$$;

COMMENT ON FUNCTION fota.note_row(int, text, text, jsonb) IS
	'Writes a version of a catalogue row under the transaction''s change.';
