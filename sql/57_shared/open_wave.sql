-- SPDX-License-Identifier: PostgreSQL
--
-- fota.open_wave: exposes one more wave of a rule: fixes how far it reaches and counts whom it
-- adds. A wave that takes its share of every model and year stores, for each of them, the
-- smallest hash up to which that share lies, and never less than an earlier wave had. At
-- 100 % it reaches everybody, those that are made later included, and is still judged per
-- model and year. The caller holds the lock of wave 0.

CREATE OR REPLACE FUNCTION fota.open_wave(rule fota.rule, wave int, at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := ($1).tenant_id;
	v_rule bigint := ($1).rule_id;
	v_wave fota.wave;
	v_before numeric;
	v_filters jsonpath[];
	v_count bigint;
BEGIN
	SELECT w.* INTO v_wave FROM fota.wave w
	WHERE w.tenant_id = v_tenant AND w.rule_id = v_rule AND w.wave = $2;
	SELECT coalesce(max(s.percent) FILTER (WHERE NOT s.per_stratum), 0) * 100,
		array_agg(s.filter) FILTER (WHERE s.filter IS NOT NULL)
	INTO v_before, v_filters
	FROM fota.rollout_state s
	WHERE s.tenant_id = v_tenant AND s.rule_id = v_rule;
	INSERT INTO fota.rollout_state (tenant_id, rule_id, wave, percent, filter, per_stratum, opened_at)
	VALUES (v_tenant, v_rule, $2, v_wave.percent, v_wave.filter,
		v_wave.per_stratum AND v_wave.percent < 100, $3);

	WITH everybody AS MATERIALIZED (
		SELECT d.device_id, d.model, d.year, fota.name_hash(($1).seed, d.name) AS hash
		FROM fota.rule_devices($1) d
	),
	earlier AS (
		SELECT t.model, t.year, max(t.threshold) AS threshold FROM fota.rollout_stratum t
		WHERE t.tenant_id = v_tenant AND t.rule_id = v_rule
		GROUP BY t.model, t.year
	),
	stratum AS (
		SELECT e.model, e.year, greatest(coalesce(max(b.threshold), -1),
			CASE WHEN v_wave.percent = 100 THEN 4294967295
				ELSE (array_agg(e.hash ORDER BY e.hash))[ceil(v_wave.percent * count(*) / 100)::int] END) AS threshold
		FROM everybody e
		LEFT JOIN earlier b ON b.model = e.model AND b.year = e.year
		WHERE v_wave.per_stratum
		GROUP BY e.model, e.year
	),
	added AS (
		SELECT e.model, e.year, count(*) AS devices
		FROM everybody e
		LEFT JOIN earlier b ON b.model = e.model AND b.year = e.year
		LEFT JOIN stratum s ON s.model = e.model AND s.year = e.year
		WHERE e.hash % 10000 >= v_before AND e.hash > coalesce(b.threshold, -1)
			AND CASE WHEN v_wave.per_stratum THEN e.hash <= s.threshold
				WHEN v_wave.filter IS NULL THEN e.hash % 10000 < v_wave.percent * 100
				ELSE fota.passes_filters(v_tenant, e.device_id, ARRAY[v_wave.filter]) END
			AND (v_filters IS NULL OR NOT fota.passes_filters(v_tenant, e.device_id, v_filters))
		GROUP BY e.model, e.year
	),
	kept AS (
		INSERT INTO fota.rollout_stratum (tenant_id, rule_id, wave, model, year, threshold, population)
		SELECT v_tenant, v_rule, $2, s.model, s.year, s.threshold, coalesce(a.devices, 0)
		FROM stratum s
		LEFT JOIN added a ON a.model = s.model AND a.year = s.year
		ORDER BY s.model, s.year
	)
	SELECT coalesce(sum(a.devices), 0) INTO v_count FROM added a;
	UPDATE fota.rollout_state s SET population = v_count
	WHERE s.tenant_id = v_tenant AND s.rule_id = v_rule AND s.wave = $2;
	PERFORM fota.look_at_rollout(v_tenant, v_rule, $3);
	PERFORM fota.add_event(v_tenant, 'wave_opened', v_rule, NULL, jsonb_build_object('rule', ($1).name,
		'wave', $2, 'devices', v_count), $3);
END
$$;

COMMENT ON FUNCTION fota.open_wave(fota.rule, int, timestamptz) IS
	'Exposes one more wave of a rule: how far it reaches and whom it adds.';
