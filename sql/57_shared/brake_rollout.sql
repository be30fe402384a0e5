-- SPDX-License-Identifier: PostgreSQL
--
-- fota.brake_rollout: pauses a rule when, in an open wave, failed and lost devices have become
-- max(min_failures, ceil(pause_at x population)). The counts only grow, so the order of
-- reports does not matter. It waits for nobody: where another session has the lock, false;
-- the next tick looks again.

CREATE OR REPLACE FUNCTION fota.brake_rollout(tenant_id int, rule_id bigint, at timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_rule fota.rule;
	v_bad jsonb;
BEGIN
	PERFORM FROM fota.rollout_state s
	WHERE s.tenant_id = $1 AND s.rule_id = $2 AND s.wave = 0
	FOR NO KEY UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('wave', w.wave, 'model', g.model,
		'year', nullif(g.year, -1), 'devices', g.population, 'failed', c.failed, 'lost', c.lost))
		ORDER BY w.wave, g.model, g.year)
	INTO v_bad
	FROM fota.rollout o
	JOIN fota.wave w ON w.tenant_id = $1 AND w.rule_id = $2
	CROSS JOIN LATERAL fota.wave_groups($1, $2, w.wave) g
	CROSS JOIN LATERAL (
		SELECT count(x.failed_at) AS failed, count(x.lost_at) AS lost
		FROM fota.rollout_device x
		WHERE x.tenant_id = $1 AND x.rule_id = $2 AND x.wave = w.wave
			AND (x.failed_at IS NOT NULL OR x.lost_at IS NOT NULL)
			AND (g.model IS NULL OR x.model = g.model AND x.year = g.year)
	) c
	WHERE o.tenant_id = $1 AND o.rule_id = $2
		AND c.failed + c.lost - g.accepted >= greatest(o.min_failures, ceil(w.pause_at * g.population));
	IF v_bad IS NULL THEN
		RETURN false;
	END IF;
	SELECT r.* INTO v_rule FROM fota.rule r
	WHERE r.tenant_id = $1 AND r.rule_id = $2 AND r.state = 'active'
	FOR NO KEY UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN false;
	END IF;

	UPDATE fota.rule r SET state = 'paused' WHERE r.tenant_id = $1 AND r.rule_id = $2;
	UPDATE fota.rollout_state s SET braked_at = $3
	FROM jsonb_array_elements(v_bad) b
	WHERE s.tenant_id = $1 AND s.rule_id = $2 AND s.wave = (b ->> 'wave')::int;
	PERFORM fota.add_event($1, 'rollout_braked', $2, NULL,
		jsonb_build_object('rule', v_rule.name, 'waves', v_bad), $3);
	RETURN true;
END
$$;

COMMENT ON FUNCTION fota.brake_rollout(int, bigint, timestamptz) IS
	'Pauses a rule of which too many devices failed or were lost; false = not, or another session is at it.';
