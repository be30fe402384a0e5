-- SPDX-License-Identifier: PostgreSQL
--
-- fota.next_look: when a tick must look again at the waves of an active rule, after one has looked at $2.

CREATE OR REPLACE FUNCTION fota.next_look(rule fota.rule, at timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_last record;
	v_busy interval;
BEGIN
	SELECT s.opened_at + w.soak AS soaked, s.finished_at, s.population INTO v_last
	FROM fota.rollout_state s
	JOIN fota.wave w ON w.tenant_id = s.tenant_id AND w.rule_id = s.rule_id AND w.wave = s.wave
	WHERE s.tenant_id = ($1).tenant_id AND s.rule_id = ($1).rule_id
	ORDER BY s.wave DESC
	LIMIT 1;
	v_busy := CASE WHEN v_last.finished_at IS NULL AND v_last.soaked <= $2
		THEN make_interval(secs => greatest(1, v_last.population / 10000)) END;
	RETURN $2 + least(interval '1 minute', v_busy,
		CASE WHEN v_last.soaked > $2 THEN v_last.soaked - $2 END,
		CASE WHEN lower(($1).active_during) > $2 THEN lower(($1).active_during) - $2 END);
END
$$;

COMMENT ON FUNCTION fota.next_look(fota.rule, timestamptz) IS 'When a tick must look again at the waves of an active rule.';
