-- SPDX-License-Identifier: PostgreSQL
--
-- fota.advance_waves: opens the waves of an active rule whose time has come. The first opens
-- when active_during begins; the next one when the last is done: soak is over, min_finished
-- devices came to an end, and of them (in every model and year, where the wave takes its share of
-- each) at least advance_at succeeded. A wave that nobody is in is done after soak. Returns
-- how many events it wrote; waits for nobody.

CREATE OR REPLACE FUNCTION fota.advance_waves(rule fota.rule, at timestamptz)
RETURNS int
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := ($1).tenant_id;
	v_rule bigint := ($1).rule_id;
	v_last record;
	v_next int;
	v_events int := 0;
BEGIN
	PERFORM FROM fota.rollout_state s
	WHERE s.tenant_id = v_tenant AND s.rule_id = v_rule AND s.wave = 0
	FOR NO KEY UPDATE SKIP LOCKED;
	IF NOT FOUND OR NOT coalesce(($1).active_during, '(,)') @> $2 THEN
		RETURN 0;
	END IF;
	LOOP
		SELECT s.wave, s.opened_at, s.finished_at, w.soak, w.advance_at, o.min_finished INTO v_last
		FROM fota.rollout_state s
		LEFT JOIN fota.wave w ON w.tenant_id = v_tenant AND w.rule_id = v_rule AND w.wave = s.wave
		LEFT JOIN fota.rollout o ON o.tenant_id = v_tenant AND o.rule_id = v_rule
		WHERE s.tenant_id = v_tenant AND s.rule_id = v_rule
		ORDER BY s.wave DESC
		LIMIT 1;
		v_next := (SELECT min(w.wave) FROM fota.wave w
			WHERE w.tenant_id = v_tenant AND w.rule_id = v_rule AND w.wave > v_last.wave);
		EXIT WHEN v_next IS NULL AND (v_last.wave = 0 OR v_last.finished_at IS NOT NULL);
		IF v_last.wave > 0 AND v_last.finished_at IS NULL THEN
			EXIT WHEN v_last.opened_at + v_last.soak > $2;
			EXIT WHEN EXISTS (
				SELECT FROM fota.wave_counts(v_tenant, v_rule, v_last.wave) c
				HAVING sum(c.population) > 0 AND (
					sum(c.succeeded + c.failed + c.lost) < v_last.min_finished
					OR bool_or(c.population > 0 AND (c.succeeded + c.failed + c.lost = 0
						OR c.succeeded < v_last.advance_at * (c.succeeded + c.failed + c.lost)))));
			UPDATE fota.rollout_state s SET finished_at = $2
			WHERE s.tenant_id = v_tenant AND s.rule_id = v_rule AND s.wave = v_last.wave;
			IF v_next IS NULL THEN
				PERFORM fota.add_event(v_tenant, 'rollout_finished', v_rule, NULL,
					jsonb_build_object('rule', ($1).name), $2);
				v_events := v_events + 1;
			END IF;
		END IF;
		IF v_next IS NOT NULL THEN
			PERFORM fota.open_wave($1, v_next, $2);
			v_events := v_events + 1;
		END IF;
	END LOOP;
	RETURN v_events;
END
$$;

COMMENT ON FUNCTION fota.advance_waves(fota.rule, timestamptz) IS
	'Opens the waves of a rule whose time has come; the number of events that it wrote.';
