-- SPDX-License-Identifier: PostgreSQL
--
-- fota.note_changes: statement trigger of every catalogue table; its arguments are the columns of
-- the primary key after tenant_id. Writes, all at once, a version of each row that is not what it
-- was; an update of a key is a deletion and an insertion. Whatever the session's styles, the documents
-- can be read back.

CREATE OR REPLACE FUNCTION fota.note_changes()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET datestyle = 'ISO, YMD'
SET intervalstyle = 'postgres'
SET bytea_output = 'hex'
AS $$
#variable_conflict use_column
DECLARE
	v_columns CONSTANT text[] := TG_ARGV[0:];
BEGIN
	IF TG_OP = 'INSERT' AND NOT EXISTS (SELECT FROM fota.change c WHERE c.epoch IS NULL) THEN
		-- The first change of the transaction, of which there are no versions yet; the most common for large loads.
		INSERT INTO fota.row_version (tenant_id, relation, key, change_no, document)
		SELECT c.tenant_id, TG_TABLE_NAME, fota.row_key(n.document, v_columns), c.change_no, n.document
		FROM (SELECT n.tenant_id, to_jsonb(n) AS document FROM new_rows n OFFSET 0) n
		JOIN fota.open_changes(ARRAY(SELECT DISTINCT n.tenant_id FROM new_rows n)) c ON c.source = n.tenant_id;
	ELSIF TG_OP = 'INSERT' THEN
		-- A version that is there already is newer, unless it says that the row was deleted: what RETURNING did to it.
		INSERT INTO fota.row_version (tenant_id, relation, key, change_no, document)
		SELECT c.tenant_id, TG_TABLE_NAME, fota.row_key(n.document, v_columns), c.change_no, n.document
		FROM (SELECT n.tenant_id, to_jsonb(n) AS document FROM new_rows n OFFSET 0) n
		JOIN fota.open_changes(ARRAY(SELECT DISTINCT n.tenant_id FROM new_rows n)) c ON c.source = n.tenant_id
		ON CONFLICT (tenant_id, relation, key, change_no) DO UPDATE SET document = excluded.document
			WHERE row_version.document IS NULL;
	ELSIF TG_OP = 'DELETE' THEN
		INSERT INTO fota.row_version (tenant_id, relation, key, change_no)
		SELECT c.tenant_id, TG_TABLE_NAME, fota.row_key(o.document, v_columns), c.change_no
		FROM (SELECT o.tenant_id, to_jsonb(o) AS document FROM old_rows o OFFSET 0) o
		JOIN fota.open_changes(ARRAY(SELECT DISTINCT o.tenant_id FROM old_rows o)) c ON c.source = o.tenant_id
		ON CONFLICT (tenant_id, relation, key, change_no) DO UPDATE SET document = NULL;
	ELSE
		WITH o AS (
			SELECT o.tenant_id, fota.row_key(o.document, v_columns) AS key, o.document
			FROM (SELECT o.tenant_id, to_jsonb(o) AS document FROM old_rows o OFFSET 0) o
		),
		n AS (
			SELECT n.tenant_id, fota.row_key(n.document, v_columns) AS key, n.document
			FROM (SELECT n.tenant_id, to_jsonb(n) AS document FROM new_rows n OFFSET 0) n
		),
		changed AS MATERIALIZED (
			SELECT coalesce(n.tenant_id, o.tenant_id) AS tenant_id, coalesce(n.key, o.key) AS key, n.document
			FROM n
			FULL JOIN o ON o.tenant_id = n.tenant_id AND o.key = n.key
			WHERE n.document IS DISTINCT FROM o.document
		)
		INSERT INTO fota.row_version (tenant_id, relation, key, change_no, document)
		SELECT c.tenant_id, TG_TABLE_NAME, x.key, c.change_no, x.document
		FROM changed x
		JOIN fota.open_changes(ARRAY(SELECT DISTINCT x.tenant_id FROM changed x)) c ON c.source = x.tenant_id
		ON CONFLICT (tenant_id, relation, key, change_no) DO UPDATE SET document = excluded.document;
	END IF;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.note_changes() IS 'Statement trigger of catalogue tables: versions and change.';
