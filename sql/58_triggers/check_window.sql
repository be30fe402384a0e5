-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_window: a window must open on some day, at a time that clocks show.

CREATE OR REPLACE FUNCTION fota.check_window()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
	v_column text;
	v_detail text;
	v_hint text;
BEGIN
	IF NOT coalesce(NEW.days <@ '{1,2,3,4,5,6,7}' AND cardinality(NEW.days) > 0
			AND array_position(NEW.days, NULL) IS NULL, false) THEN
		v_column := 'days';
		v_detail := format('Found: %s.', coalesce(NEW.days::text, 'NULL'));
		v_hint := 'Write the days of the week on which it opens, 1 Monday to 7 Sunday: {6,7} is the weekend.';
	ELSIF NEW.opens = time '24:00' THEN
		v_column := 'opens';
		v_detail := 'No clock shows 24:00.';
		v_hint := 'Write 00:00 and the next day.';
	END IF;
	IF v_column IS NOT NULL THEN
		RAISE EXCEPTION 'rule_window: column %: the window never opens', v_column
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = 'rule_window', COLUMN = v_column,
				CONSTRAINT = 'rule_window_' || v_column || '_check', DETAIL = v_detail, HINT = v_hint;
	END IF;
	NEW.days := ARRAY(SELECT DISTINCT d FROM unnest(NEW.days) d ORDER BY d);
	RETURN NEW;
END
$$;

COMMENT ON FUNCTION fota.check_window() IS 'Trigger: refuses a window that never opens.';

CREATE TRIGGER check_window BEFORE INSERT OR UPDATE ON fota.rule_window
	FOR EACH ROW EXECUTE FUNCTION fota.check_window();
COMMENT ON TRIGGER check_window ON fota.rule_window IS 'Refuses a window that never opens.';
