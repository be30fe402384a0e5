-- SPDX-License-Identifier: PostgreSQL
--
-- fota.note_device: history of devices' rows and of their contents, a row whenever one changes in anything
-- but the time of the report. Of capabilities and hardware: fota.note_capabilities.

CREATE OR REPLACE FUNCTION fota.note_device()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	IF TG_OP = 'INSERT' THEN
		INSERT INTO fota.device_history (tenant_id, device_id, relation, component, document)
		SELECT n.tenant_id, n.device_id, TG_TABLE_NAME, coalesce(to_jsonb(n) ->> 'component', ''),
			to_jsonb(n) - 'reported_at'
		FROM new_rows n;
	ELSIF TG_OP = 'DELETE' THEN
		INSERT INTO fota.device_history (tenant_id, device_id, relation, component)
		SELECT o.tenant_id, o.device_id, TG_TABLE_NAME, coalesce(to_jsonb(o) ->> 'component', '')
		FROM old_rows o;
	ELSE
		INSERT INTO fota.device_history (tenant_id, device_id, relation, component, document)
		SELECT tenant_id, device_id, TG_TABLE_NAME, component, n.document
		FROM (
			SELECT o.tenant_id, o.device_id, coalesce(to_jsonb(o) ->> 'component', '') AS component,
				to_jsonb(o) - 'reported_at' AS document
			FROM old_rows o
		) o
		FULL JOIN (
			SELECT n.tenant_id, n.device_id, coalesce(to_jsonb(n) ->> 'component', '') AS component,
				to_jsonb(n) - 'reported_at' AS document
			FROM new_rows n
		) n USING (tenant_id, device_id, component)
		WHERE o.document IS DISTINCT FROM n.document;
	END IF;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.note_device() IS 'Trigger: writes fota.device_history.';

DO $do$
DECLARE
	v_table text;
BEGIN
	FOREACH v_table IN ARRAY '{device,device_contents}'::text[] LOOP
		EXECUTE format('CREATE TRIGGER note_insert AFTER INSERT ON fota.%I REFERENCING NEW TABLE AS new_rows
			FOR EACH STATEMENT EXECUTE FUNCTION fota.note_device()', v_table);
		EXECUTE format('CREATE TRIGGER note_update AFTER UPDATE ON fota.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
			FOR EACH STATEMENT EXECUTE FUNCTION fota.note_device()', v_table);
		EXECUTE format('CREATE TRIGGER note_delete AFTER DELETE ON fota.%I REFERENCING OLD TABLE AS old_rows
			FOR EACH STATEMENT EXECUTE FUNCTION fota.note_device()', v_table);
		EXECUTE format('COMMENT ON TRIGGER note_insert ON fota.%I IS %L', v_table, 'Writes the history of the row.');
		EXECUTE format('COMMENT ON TRIGGER note_update ON fota.%I IS %L', v_table, 'Writes the history of the row.');
		EXECUTE format('COMMENT ON TRIGGER note_delete ON fota.%I IS %L', v_table, 'Writes the history of the row.');
	END LOOP;
END
$do$;
