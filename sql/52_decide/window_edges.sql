-- SPDX-License-Identifier: PostgreSQL
--
-- fota.window_edges: the window of a rule that is open at an instant, or else the next one:
-- opens_at is NULL when it is open, closes_at when it never closes (windows that touch are
-- one). has_windows: the rule has any. 'infinity' = none opens within a week.

CREATE OR REPLACE FUNCTION fota.window_edges(tenant_id int, rule_id bigint, zone text, at timestamptz,
	OUT has_windows boolean, OUT opens_at timestamptz, OUT closes_at timestamptz)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_zone text := $3;
	v_day date;
	v_window record;
	v_begin timestamptz;
	v_end timestamptz;
	v_rest timestamptz;
BEGIN
	has_windows := EXISTS (SELECT FROM fota.rule_window w WHERE w.tenant_id = $1 AND w.rule_id = $2);
	IF NOT has_windows THEN
		RETURN;
	END IF;
	IF NOT isfinite($4) THEN
		opens_at := 'infinity';
		RETURN;
	END IF;
	v_zone := coalesce(v_zone, fota.get_setting($1, 'time_zone'), 'UTC');
	v_day := ($4 AT TIME ZONE v_zone)::date;
	FOR v_window IN
		SELECT e.opens, e.closes
		FROM fota.rule_window w
		CROSS JOIN generate_series(-1, 8) n
		CROSS JOIN LATERAL (
			SELECT fota.local_edge(v_day + n + w.opens, v_zone) AS opens,
				fota.local_edge(v_day + n + CASE WHEN w.closes <= w.opens THEN 1 ELSE 0 END + w.closes, v_zone) AS closes
		) e
		WHERE w.tenant_id = $1 AND w.rule_id = $2 AND extract(isodow FROM v_day + n)::int = ANY (w.days)
			AND e.opens < e.closes
		ORDER BY e.opens
	LOOP
		IF v_window.opens <= v_end THEN
			v_end := greatest(v_end, v_window.closes);
			CONTINUE;
		END IF;
		EXIT WHEN v_end > $4;
		v_begin := v_window.opens;
		v_end := v_window.closes;
	END LOOP;
	IF v_end > $4 THEN
		opens_at := CASE WHEN v_begin > $4 THEN v_begin END;
		v_rest := fota.local_edge((v_day + 8)::timestamp, v_zone);
		closes_at := CASE WHEN v_begin > v_rest OR v_end <= v_rest THEN v_end END;
	ELSE
		opens_at := 'infinity';
	END IF;
END
$$;

COMMENT ON FUNCTION fota.window_edges(int, bigint, text, timestamptz) IS
	'The open window of a rule, or its next one.';
