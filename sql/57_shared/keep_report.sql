-- SPDX-License-Identifier: PostgreSQL
--
-- fota.keep_report: stores what a device says about an item. The same report twice is one row, which says when it
-- arrived first; of an item that travels as a delta the later times are kept, too, since what is said of the delta and
-- what is said of the full image after it may be the same words. True when the row, or a time of it, is new.

CREATE OR REPLACE FUNCTION fota.keep_report(report fota.report, delta boolean)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_said fota.report;
	v_at timestamptz[];
BEGIN
	SELECT p.* INTO v_said FROM fota.report p
	WHERE p.tenant_id = ($1).tenant_id AND p.opened_at = ($1).opened_at AND p.device_id = ($1).device_id
		AND p.action = ($1).action AND p.item = ($1).item AND p.try = ($1).try AND p.state = ($1).state
		AND p.code = ($1).code AND p.seconds = ($1).seconds;
	IF NOT FOUND THEN
		INSERT INTO fota.report SELECT ($1).*;
		RETURN true;
	END IF;
	v_at := ARRAY(SELECT DISTINCT t.at FROM unnest(ARRAY[($1).at, v_said.at] || v_said.again) t (at) ORDER BY t.at LIMIT 16);
	IF NOT $2 THEN
		v_at := v_at[1:1];
	END IF;
	UPDATE fota.report p
	SET at = v_at[1], again = nullif(v_at[2:], '{}'), bytes = greatest(p.bytes, ($1).bytes),
		text = CASE WHEN ($1).at < p.at THEN ($1).text WHEN ($1).at = p.at THEN least(p.text, ($1).text) ELSE p.text END
	WHERE p.tenant_id = ($1).tenant_id AND p.opened_at = ($1).opened_at AND p.device_id = ($1).device_id
		AND p.action = ($1).action AND p.item = ($1).item AND p.try = ($1).try AND p.state = ($1).state
		AND p.code = ($1).code AND p.seconds = ($1).seconds
		AND (v_at <> v_said.at || coalesce(v_said.again, '{}') OR ($1).bytes > coalesce(p.bytes, -1)
			OR ($1).at = p.at AND least(p.text, ($1).text) IS DISTINCT FROM p.text);
	RETURN v_at <> v_said.at || coalesce(v_said.again, '{}');
END
$$;

COMMENT ON FUNCTION fota.keep_report(fota.report, boolean) IS
	'Stores a report, the same one once; true when it says something new, or at another time.';
