-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rule_tests: every test by which a rule may or may not concern a device, in the order in
-- which they are made, with the value that was tested and the outcome; NULL = unknown, which
-- counts as no. For people: fota.explain shows it, fota.resolve decides by itself.

CREATE OR REPLACE FUNCTION fota.rule_tests(rule fota.rule, device fota.device_case, cases fota.component_case[])
RETURNS TABLE (part text, test text, outcome boolean)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := ($2).tenant_id;
	v_document jsonb;
	v_wave record;
	v_says text;
BEGIN
	part := 'scope';
	IF ($1).model IS NOT NULL THEN
		test := format('model %s', ($1).model);
		outcome := ($1).model = ($2).model;
		RETURN NEXT;
	END IF;
	IF ($1).years IS NOT NULL THEN
		test := format('years %s (is %s)', ($1).years, coalesce(($2).year::text, 'not known'));
		outcome := ($1).years @> ($2).year;
		RETURN NEXT;
	END IF;
	IF ($1).batch IS NOT NULL THEN
		test := format('batch %s (is %s)', ($1).batch, coalesce(($2).batch, 'not known'));
		outcome := ($1).batch = ($2).batch;
		RETURN NEXT;
	END IF;
	IF ($1).serial_from = ($1).serial_to THEN
		test := format('serial %s (is %s)', ($1).serial_from, ($2).serial);
		outcome := ($1).serial_from = ($2).serial;
		RETURN NEXT;
	ELSIF ($1).serial_from IS NOT NULL OR ($1).serial_to IS NOT NULL THEN
		test := format('serials %s .. %s (is %s)', ($1).serial_from, ($1).serial_to, ($2).serial);
		outcome := coalesce(fota.serial_key(($1).serial_from) COLLATE "C" <= ($2).serial_key, true)
			AND coalesce(($2).serial_key <= fota.serial_key(($1).serial_to) COLLATE "C", true);
		RETURN NEXT;
	END IF;
	IF EXISTS (SELECT FROM fota.rule_device x WHERE x.tenant_id = v_tenant AND x.rule_id = ($1).rule_id) THEN
		test := 'is one of its devices';
		outcome := EXISTS (SELECT FROM fota.rule_device x WHERE x.tenant_id = v_tenant
			AND x.rule_id = ($1).rule_id AND x.device_id = ($2).device_id);
		RETURN NEXT;
	END IF;

	part := 'force';
	test := format('state is %s', ($1).state);
	outcome := ($1).state = 'active';
	RETURN NEXT;
	IF ($1).active_during IS NOT NULL THEN
		test := format('active_during %s', ($1).active_during);
		outcome := ($1).active_during @> ($2).at;
		RETURN NEXT;
	END IF;
	RETURN QUERY
	SELECT part, format('%s %s (%s)', e.key, e.value, CASE WHEN c.present IS FALSE THEN 'is absent'
			ELSE coalesce('has ' || c.reported, 'not known') END),
		CASE WHEN c.present IS FALSE THEN false
			WHEN c.reported IS NOT NULL THEN fota.version_matches(c.reported, e.value) END
	FROM jsonb_each_text(($1).versions) e
	LEFT JOIN unnest($3) c ON c.component = e.key COLLATE "C"
	ORDER BY e.key COLLATE "C";
	IF ($1).filter IS NOT NULL OR EXISTS (SELECT FROM fota.rollout_state s
		WHERE s.tenant_id = v_tenant AND s.rule_id = ($1).rule_id AND s.filter IS NOT NULL) THEN
		v_document := fota.device_document(v_tenant, ($2).device_id);
	END IF;
	IF EXISTS (SELECT FROM fota.rollout_state s WHERE s.tenant_id = v_tenant AND s.rule_id = ($1).rule_id
		AND s.wave = 0 AND s.percent < 100) THEN
		v_says := 'no wave is open yet';
		outcome := false;
		FOR v_wave IN SELECT s.* FROM fota.rollout_state s
			WHERE s.tenant_id = v_tenant AND s.rule_id = ($1).rule_id AND s.wave > 0 ORDER BY s.wave
		LOOP
			v_says := CASE WHEN v_wave.filter IS NOT NULL THEN format('wave %s takes %s', v_wave.wave, v_wave.filter)
				ELSE format('wave %s takes %s %%, its place is %s %%', v_wave.wave, trim_scale(v_wave.percent),
					trim_scale(fota.bucket(($1).seed, ($2).name) / 100.0)) END;
			outcome := CASE WHEN v_wave.filter IS NOT NULL THEN coalesce(fota.filter_matches(v_wave.filter, v_document), false)
				WHEN v_wave.per_stratum THEN EXISTS (SELECT FROM fota.rollout_stratum t
					WHERE t.tenant_id = v_tenant AND t.rule_id = ($1).rule_id AND t.wave = v_wave.wave
						AND t.model = ($2).model AND t.year = coalesce(($2).year, -1)
						AND fota.name_hash(($1).seed, ($2).name) <= t.threshold)
				ELSE fota.bucket(($1).seed, ($2).name) < v_wave.percent * 100 END;
			EXIT WHEN outcome;
		END LOOP;
		test := format('rollout (%s)', v_says);
		RETURN NEXT;
	END IF;
	IF ($1).filter IS NOT NULL THEN
		test := format('filter %s', ($1).filter);
		outcome := fota.filter_matches(($1).filter, v_document);
		RETURN NEXT;
	END IF;
END
$$;

COMMENT ON FUNCTION fota.rule_tests(fota.rule, fota.device_case, fota.component_case[]) IS
	'Every test by which a rule may or may not concern a device, with its value and outcome.';
