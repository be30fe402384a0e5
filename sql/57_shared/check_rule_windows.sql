-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_rule_windows: a rule that ends must have a window before its end. Judged in the
-- tenant's time zone, with a day to spare either way for devices elsewhere.

CREATE OR REPLACE FUNCTION fota.check_rule_windows(rule fota.rule, at timestamptz)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_begin timestamptz := greatest($2, lower(($1).active_during)) - interval '1 day';
	v_opens timestamptz;
	v_found boolean;
BEGIN
	IF ($1).active_during IS NULL OR upper_inf(($1).active_during) OR NOT isfinite(upper(($1).active_during)) THEN
		RETURN;
	END IF;
	SELECT w.has_windows, coalesce(w.opens_at, v_begin) INTO v_found, v_opens
	FROM fota.window_edges(($1).tenant_id, ($1).rule_id, NULL, v_begin) w;
	IF v_found AND v_opens >= upper(($1).active_during) + interval '1 day' THEN
		RAISE EXCEPTION 'rule "%": its windows never open while it holds', ($1).name
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = 'rule', COLUMN = 'active_during', CONSTRAINT = 'rule_windows_open',
				DETAIL = format('It holds until %s; rule_window has %s.', upper(($1).active_during), (
					SELECT string_agg(format('days %s from %s to %s', w.days, w.opens, w.closes), ', ' ORDER BY w.days, w.opens)
					FROM fota.rule_window w WHERE w.tenant_id = ($1).tenant_id AND w.rule_id = ($1).rule_id)),
				HINT = 'Give rule_window another day, or active_during a later end.';
	END IF;
END
$$;

COMMENT ON FUNCTION fota.check_rule_windows(fota.rule, timestamptz) IS
	'Raises when no window of a rule opens before the rule ends.';
