-- SPDX-License-Identifier: PostgreSQL
--
-- fota.brake_rollout: pauses a rule when, in an open wave, failed and lost devices have become
-- max(min_failures, ceil(pause_at x population)). The counts only grow, so the order of
-- reports does not matter; braked_at is the instant at which that device failed that was one too many, which
-- a failure that becomes known later (at: when it was) may still move. It waits for nobody: where another session has the lock, false,
-- and the next tick is asked to look again.

CREATE OR REPLACE FUNCTION fota.brake_rollout(tenant_id int, rule_id bigint, at timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_rule fota.rule;
	v_group record;
	v_bad jsonb := '[]';
	v_waves int[] := '{}';
	v_tipped timestamptz[] := '{}';
BEGIN
	PERFORM FROM fota.rollout_state s
	WHERE s.tenant_id = $1 AND s.rule_id = $2 AND s.wave = 0
	FOR NO KEY UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		PERFORM fota.look_at_rollout($1, $2, $3);
		RETURN false;
	END IF;
	IF EXISTS (SELECT FROM fota.rule r WHERE r.tenant_id = $1 AND r.rule_id = $2 AND r.state <> 'active')
		AND NOT EXISTS (SELECT FROM fota.rollout_state s
			WHERE s.tenant_id = $1 AND s.rule_id = $2 AND s.braked_at > $3) THEN
		RETURN false;
	END IF;
	FOR v_group IN
		SELECT w.wave, g.model, g.year, g.population, c.failed, c.lost,
			g.accepted + greatest(o.min_failures, ceil(w.pause_at * g.population))::bigint AS least
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
			AND c.failed + c.lost - g.accepted >= greatest(o.min_failures, ceil(w.pause_at * g.population))
		ORDER BY w.wave, g.model, g.year
	LOOP
		v_bad := v_bad || jsonb_strip_nulls(jsonb_build_object('wave', v_group.wave, 'model', v_group.model,
			'year', nullif(v_group.year, -1), 'devices', v_group.population, 'failed', v_group.failed, 'lost', v_group.lost));
		v_waves := v_waves || v_group.wave;
		v_tipped := v_tipped || (
			SELECT t.at
			FROM fota.rollout_device x
			CROSS JOIN LATERAL (VALUES (x.failed_at), (x.lost_at)) t (at)
			WHERE x.tenant_id = $1 AND x.rule_id = $2 AND x.wave = v_group.wave
				AND (x.failed_at IS NOT NULL OR x.lost_at IS NOT NULL) AND t.at IS NOT NULL
				AND (v_group.model IS NULL OR x.model = v_group.model AND x.year = v_group.year)
			ORDER BY t.at
			OFFSET v_group.least - 1 LIMIT 1);
	END LOOP;
	IF v_waves = '{}' THEN
		RETURN false;
	END IF;
	SELECT r.* INTO v_rule FROM fota.rule r
	WHERE r.tenant_id = $1 AND r.rule_id = $2
	FOR NO KEY UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		PERFORM fota.look_at_rollout($1, $2, $3);
		RETURN false;
	ELSIF v_rule.state NOT IN ('active', 'paused') THEN
		RETURN false;
	END IF;

	UPDATE fota.rollout_state s SET braked_at = b.at
	FROM (SELECT u.wave, min(u.at) AS at FROM unnest(v_waves, v_tipped) u (wave, at) GROUP BY u.wave) b
	WHERE s.tenant_id = $1 AND s.rule_id = $2 AND s.wave = b.wave
		AND (v_rule.state = 'active' OR s.braked_at > b.at);
	IF v_rule.state = 'paused' THEN
		RETURN false;
	END IF;
	PERFORM fota.set_rule_state($1, $2, 'paused');
	PERFORM fota.add_event($1, 'rollout_braked', $2, NULL,
		jsonb_build_object('rule', v_rule.name, 'waves', v_bad), $3);
	RETURN true;
END
$$;

COMMENT ON FUNCTION fota.brake_rollout(int, bigint, timestamptz) IS
	'Pauses a rule of which too many devices failed or were lost; false = not, or another session is at it.';
