-- SPDX-License-Identifier: PostgreSQL
--
-- fota.note_change: row trigger of every catalogue table; its arguments are the columns of
-- the primary key after tenant_id. An update of a key is a deletion and an insertion. A row of
-- tenant 0 (server-wide settings) concerns every tenant.

CREATE OR REPLACE FUNCTION fota.note_change()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_old jsonb;
	v_new jsonb;
	v_old_key text;
	v_new_key text;
	v_tenant int;
	v_column text;
BEGIN
	IF TG_OP <> 'INSERT' THEN
		v_old := to_jsonb(OLD);
		v_old_key := '';
		FOREACH v_column IN ARRAY TG_ARGV LOOP
			v_old_key := v_old_key || CASE WHEN v_old_key = '' THEN '' ELSE ', ' END || (v_old -> v_column)::text;
		END LOOP;
	END IF;
	IF TG_OP <> 'DELETE' THEN
		v_new := to_jsonb(NEW);
		v_new_key := '';
		FOREACH v_column IN ARRAY TG_ARGV LOOP
			v_new_key := v_new_key || CASE WHEN v_new_key = '' THEN '' ELSE ', ' END || (v_new -> v_column)::text;
		END LOOP;
	END IF;
	IF v_old = v_new THEN
		RETURN NULL;
	END IF;

	FOR v_tenant IN
		SELECT t.tenant_id FROM fota.tenant t
		WHERE t.tenant_id = (coalesce(v_new, v_old) ->> 'tenant_id')::int
			OR (coalesce(v_new, v_old) ->> 'tenant_id')::int = 0
		ORDER BY t.tenant_id
	LOOP
		IF v_old_key IS DISTINCT FROM v_new_key AND v_old IS NOT NULL THEN
			PERFORM fota.note_row(v_tenant, TG_TABLE_NAME, '[' || v_old_key || ']', NULL);
		END IF;
		IF v_new IS NOT NULL THEN
			PERFORM fota.note_row(v_tenant, TG_TABLE_NAME, '[' || v_new_key || ']', v_new);
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.note_change() IS 'Row trigger of catalogue tables: version and change.';
