-- SPDX-License-Identifier: PostgreSQL
--
-- fota.undo_row: makes a row of a catalogue table again what it was (former), or deletes it when it
-- was not there; now: what it became, NULL when it was deleted. False when something else stands in
-- the way, which may be undone first. Only for what is thrown away afterwards.

CREATE OR REPLACE FUNCTION fota.undo_row(relation text, former jsonb, now jsonb)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_table text := format('fota.%I', $1);
	v_row text := format('jsonb_populate_record(NULL::fota.%I, $1)', $1);
	v_keys text;
	v_columns text;
	v_values text;
	v_count int;
BEGIN
	IF to_regclass(v_table) IS NULL THEN
		RAISE EXCEPTION 'no table of the catalogue is called "%"', $1 USING ERRCODE = '22023';
	END IF;
	SELECT string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attnum = ANY (i.indkey)),
		string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum)
			FILTER (WHERE a.attnum <> ALL (i.indkey) AND a.attgenerated = '')
	INTO v_keys, v_columns
	FROM pg_index i
	JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE i.indrelid = v_table::regclass AND i.indisprimary;
	IF $2 IS NULL THEN
		EXECUTE format('DELETE FROM %s WHERE (%s) = (SELECT %s FROM %s)', v_table, v_keys, v_keys, v_row) USING $3;
		RETURN true;
	END IF;
	FOR n IN 1 .. 2 LOOP
		IF v_columns IS NULL THEN
			EXECUTE format('SELECT count(*) FROM %s WHERE (%s) = (SELECT %s FROM %s)', v_table, v_keys, v_keys, v_row)
			INTO v_count USING $2;
		ELSE
			EXECUTE format('UPDATE %s SET (%s) = ROW (%s) FROM %s d WHERE (%s) = (SELECT %s FROM %s)', v_table, v_columns,
				regexp_replace(v_columns, '("[^"]+"|[a-z_0-9]+)', 'd.\1', 'g'), v_row,
				regexp_replace(v_keys, '("[^"]+"|[a-z_0-9]+)', v_table || '.\1', 'g'), v_keys, v_row) USING $2;
			GET DIAGNOSTICS v_count = ROW_COUNT;
		END IF;
		EXIT WHEN v_count > 0 OR n = 2;
		EXECUTE format('INSERT INTO %s SELECT * FROM %s', v_table, v_row)
		USING CASE $1 WHEN 'rule' THEN $2 || '{"state": "draft"}' ELSE $2 END;
	END LOOP;
	RETURN true;
EXCEPTION WHEN integrity_constraint_violation OR object_not_in_prerequisite_state THEN
	RETURN false;
END
$$;

COMMENT ON FUNCTION fota.undo_row(text, jsonb, jsonb) IS
	'Makes a row of a catalogue table again what it was, where nothing stands in the way.';
