-- SPDX-License-Identifier: PostgreSQL
--
-- fota.find_winners: which rule decides each component of a device: among the rules whose scope
-- covers it and that are in force, the one of highest level, then priority, then number that
-- names the component. Rules come best first, so the first that names a component wins it.
--
-- A rule is in force when it is active, in its time, its rollout exposes the device, and its
-- tests of versions and filter hold; the rules of an open action stay so until it is closed.
-- edge: the next instant at which a covering rule begins or ends.

CREATE OR REPLACE FUNCTION fota.find_winners(device fota.device_case, INOUT cases fota.component_case[],
	OUT edge timestamptz)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := ($1).tenant_id;
	v_device bigint := ($1).device_id;
	v_at timestamptz := ($1).at;
	v_model text := ($1).model;
	v_serial text := ($1).serial;
	v_key text := ($1).serial_key;
	v_year int := ($1).year;
	v_batch text := ($1).batch;
	v_any_batch text := coalesce(($1).batch, '');
	v_some boolean := ($1).some_chosen;
	v_names text[] := '{}';
	v_won bigint[];
	v_left int := cardinality($2);
	v_rule bigint;
	v_force boolean;
	v_timed boolean;
	v_place int;
	v_case fota.component_case;
	v_document jsonb;
	v_row record;
	v_item record;
BEGIN
	FOREACH v_case IN ARRAY cases LOOP
		v_names := v_names || v_case.component;
	END LOOP;
	-- One branch per index of fota.rule: rules for one serial or any, and rules for ranges of serials. Conditions that an
	-- index has must be such that row-level security lets them pass; '' stands for NULL, and '~' is above most keys.
	FOR v_row IN
		SELECT r.rule_id, r.name, r.release, r.priority, r.state, r.active_during, r.versions, r.filter, r.seed, r.mode,
			r.allow_downgrade, r.max_attempts, r.wait_for_delta, r.download_in_window,
			CASE WHEN r.serial_from IS NULL THEN 0 ELSE 16 END + CASE WHEN r.batch IS NULL THEN 0 ELSE 4 END
				+ CASE WHEN r.years IS NULL THEN 0 ELSE 2 END + CASE WHEN r.model IS NULL THEN 0 ELSE 1 END AS level
		FROM fota.rule r
		WHERE r.tenant_id = v_tenant AND r.state IN ('active', 'paused')
			AND (r.serial_from = r.serial_to OR r.serial_from IS NULL AND r.serial_to IS NULL) IS TRUE
			AND CASE WHEN r.serial_from IS NULL THEN '' ELSE r.serial_from END IN (v_serial, '')
			AND CASE WHEN r.model IS NULL THEN '' ELSE r.model END IN (v_model, '')
			AND CASE WHEN r.batch IS NULL THEN '' ELSE r.batch END IN (v_any_batch, '')
			AND (r.batch = v_batch OR r.batch IS NULL) AND (r.years @> v_year OR r.years IS NULL)
		UNION ALL
		SELECT r.rule_id, r.name, r.release, r.priority, r.state, r.active_during, r.versions, r.filter, r.seed, r.mode,
			r.allow_downgrade, r.max_attempts, r.wait_for_delta, r.download_in_window,
			8 + CASE WHEN r.batch IS NULL THEN 0 ELSE 4 END
				+ CASE WHEN r.years IS NULL THEN 0 ELSE 2 END + CASE WHEN r.model IS NULL THEN 0 ELSE 1 END
		FROM fota.rule r
		WHERE r.tenant_id = v_tenant AND r.state IN ('active', 'paused')
			AND (r.serial_from = r.serial_to OR r.serial_from IS NULL AND r.serial_to IS NULL) IS NOT TRUE
			AND CASE WHEN r.model IS NULL THEN '' ELSE r.model END IN (v_model, '')
			AND CASE WHEN r.serial_to_key IS NULL THEN '~' ELSE r.serial_to_key END >= least(v_key, '~')
			AND CASE WHEN r.serial_from_key IS NULL THEN '' ELSE r.serial_from_key END <= v_key
			AND (r.serial_to_key >= v_key OR r.serial_to_key IS NULL)
			AND (r.batch = v_batch OR r.batch IS NULL) AND (r.years @> v_year OR r.years IS NULL)
		ORDER BY level DESC, priority DESC, rule_id DESC
	LOOP
		v_timed := v_row.active_during IS NOT NULL AND v_row.state = 'active';
		CONTINUE WHEN v_left = 0 AND NOT v_timed;
		v_rule := v_row.rule_id;
		-- Where rules choose single devices, the edge is that of those which choose this one.
		CONTINUE WHEN v_some AND EXISTS (SELECT FROM fota.rule_device x WHERE x.tenant_id = v_tenant AND x.rule_id = v_rule)
			AND NOT EXISTS (SELECT FROM fota.rule_device x
				WHERE x.tenant_id = v_tenant AND x.rule_id = v_rule AND x.device_id = v_device);
		IF v_timed THEN
			edge := least(edge, fota.rule_edge(v_row.active_during, v_at));
		END IF;
		CONTINUE WHEN v_left = 0;
		v_force := NULL;
		FOR v_item IN
			SELECT n.component, n.model, n.version, (
				-- Most rules are open to all, by one row or by none: fota.is_exposed.
				SELECT coalesce(bool_or(coalesce(s.percent, 0) = 100 AND NOT s.per_stratum), true) FROM fota.rollout_state s
				WHERE s.tenant_id = v_tenant AND s.rule_id = v_rule) AS open
			FROM fota.release_item n
			WHERE n.tenant_id = v_tenant AND n.release = v_row.release AND n.model IN (v_model, '*')
		LOOP
			v_place := array_position(v_names, v_item.component);
			-- An item of the device's own model takes the place of one for all models.
			CONTINUE WHEN v_place IS NULL OR v_won[v_place] <> v_rule OR v_won[v_place] = v_rule AND v_item.model = '*';
			IF v_force IS NULL THEN
				IF v_row.filter IS NOT NULL AND v_document IS NULL THEN
					v_document := fota.device_document(v_tenant, v_device);
				END IF;
				v_force := v_row.state = 'active' AND (v_row.active_during IS NULL OR v_row.active_during @> v_at)
					AND (v_row.versions IS NULL OR fota.versions_match(v_row.versions, cases))
					AND (v_item.open OR fota.is_exposed($1, v_rule, v_row.seed))
					AND (v_row.filter IS NULL OR coalesce(fota.filter_matches(v_row.filter, v_document), false));
				IF NOT v_force THEN
					v_force := ($1).has_items AND EXISTS (
						SELECT FROM fota.action a
						JOIN fota.action_item i ON i.tenant_id = v_tenant AND i.device_id = v_device AND i.action = a.action
						WHERE a.tenant_id = v_tenant AND a.device_id = v_device AND a.state IN ('open', 'superseded')
							AND i.rule_id = v_rule AND i.state NOT IN ('confirmed', 'failed', 'declined', 'cancelled'));
				END IF;
			END IF;
			EXIT WHEN NOT v_force;
			v_case := cases[v_place];
			v_case.rule_id := v_rule;
			v_case.rule := v_row.name;
			v_case.release := v_row.release;
			v_case.mode := v_row.mode;
			v_case.allow_downgrade := v_row.allow_downgrade;
			v_case.max_attempts := v_row.max_attempts;
			v_case.wait_for_delta := v_row.wait_for_delta;
			v_case.download_in_window := v_row.download_in_window;
			v_case.image_model := v_item.model;
			v_case.target := v_item.version;
			cases[v_place] := v_case;
			v_left := v_left - CASE WHEN v_won[v_place] IS NULL THEN 1 ELSE 0 END;
			v_won[v_place] := v_rule;
		END LOOP;
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.find_winners(fota.device_case, fota.component_case[]) IS
	'Gives each component of a device the rule that decides it.';
