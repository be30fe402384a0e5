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
	v_names text[] := ARRAY(SELECT c.component FROM unnest($2) c);
	v_open int := cardinality(v_names);
	v_rule record;
	v_last bigint;
	v_force boolean;
	v_place int;
BEGIN
	FOR v_rule IN
		SELECT r.*, n.component, n.version, n.model AS image_model
		FROM (
			SELECT r.rule_id, r.name, r.release, r.state, r.seed, r.active_during, r.versions, r.filter, r.mode,
				r.allow_downgrade, r.max_attempts, r.wait_for_delta, r.download_in_window, r.priority,
				CASE WHEN r.serial_from IS NOT NULL OR r.serial_to IS NOT NULL THEN 8 ELSE 0 END AS serials,
				r.batch, r.years, r.model
			FROM fota.rule r
			WHERE r.tenant_id = v_tenant AND (r.model = v_model OR r.model IS NULL)
				AND r.state IN ('active', 'paused') AND (r.serial_from = r.serial_to) IS NOT TRUE
				AND (r.serial_from_key IS NULL OR r.serial_from_key <= v_key)
				AND (r.serial_to_key IS NULL OR r.serial_to_key >= v_key)
			UNION ALL
			SELECT r.rule_id, r.name, r.release, r.state, r.seed, r.active_during, r.versions, r.filter, r.mode,
				r.allow_downgrade, r.max_attempts, r.wait_for_delta, r.download_in_window, r.priority,
				16, r.batch, r.years, r.model
			FROM fota.rule r
			WHERE r.tenant_id = v_tenant AND r.serial_from = v_serial AND r.serial_from = r.serial_to
				AND r.state IN ('active', 'paused') AND (r.model = v_model OR r.model IS NULL)
		) r
		LEFT JOIN fota.release_item n ON n.tenant_id = v_tenant AND n.release = r.release
			AND n.model IN (v_model, '*')
		WHERE (r.years IS NULL OR r.years @> v_year)
			AND (r.batch IS NULL OR r.batch = v_batch)
			AND (NOT EXISTS (SELECT FROM fota.rule_device x
					WHERE x.tenant_id = v_tenant AND x.rule_id = r.rule_id)
				OR EXISTS (SELECT FROM fota.rule_device x
					WHERE x.tenant_id = v_tenant AND x.rule_id = r.rule_id AND x.device_id = v_device))
		ORDER BY r.serials + CASE WHEN r.batch IS NULL THEN 0 ELSE 4 END
			+ CASE WHEN r.years IS NULL THEN 0 ELSE 2 END + CASE WHEN r.model IS NULL THEN 0 ELSE 1 END DESC,
			r.priority DESC, r.rule_id DESC, n.model = '*'
	LOOP
		IF v_rule.rule_id IS DISTINCT FROM v_last THEN
			v_last := v_rule.rule_id;
			v_force := NULL;
			IF v_rule.active_during IS NOT NULL AND v_rule.state = 'active' THEN
				edge := least(edge, fota.rule_edge(v_rule.active_during, v_at));
			END IF;
		END IF;
		CONTINUE WHEN v_open = 0;
		v_place := array_position(v_names, v_rule.component);
		CONTINUE WHEN v_place IS NULL OR cases[v_place].rule_id IS NOT NULL;

		IF v_force IS NULL THEN
			v_force := v_rule.state = 'active' AND (v_rule.active_during IS NULL OR v_rule.active_during @> v_at)
				AND (v_rule.versions IS NULL OR fota.versions_match(v_rule.versions, cases))
				AND fota.is_exposed($1, v_rule.rule_id, v_rule.seed)
				AND (v_rule.filter IS NULL OR coalesce(
					fota.filter_matches(v_rule.filter, fota.device_document(v_tenant, v_device)), false));
			v_force := v_force OR EXISTS (
				SELECT FROM fota.action a
				JOIN fota.action_item i ON i.tenant_id = v_tenant AND i.device_id = v_device
					AND i.action = a.action
				WHERE a.tenant_id = v_tenant AND a.device_id = v_device AND a.state IN ('open', 'superseded')
					AND i.rule_id = v_last AND i.state NOT IN ('confirmed', 'failed', 'declined', 'cancelled'));
		END IF;
		CONTINUE WHEN NOT v_force;
		v_open := v_open - 1;
		cases[v_place].rule_id := v_rule.rule_id;
		cases[v_place].rule := v_rule.name;
		cases[v_place].release := v_rule.release;
		cases[v_place].mode := v_rule.mode;
		cases[v_place].allow_downgrade := v_rule.allow_downgrade;
		cases[v_place].max_attempts := v_rule.max_attempts;
		cases[v_place].wait_for_delta := v_rule.wait_for_delta;
		cases[v_place].download_in_window := v_rule.download_in_window;
		cases[v_place].image_model := v_rule.image_model;
		cases[v_place].target := v_rule.version;
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.find_winners(fota.device_case, fota.component_case[]) IS
	'Gives each component of a device the rule that decides it.';
