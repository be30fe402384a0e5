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
	v_all boolean := NOT EXISTS (SELECT FROM fota.rule_device x WHERE x.tenant_id = ($1).tenant_id);
	v_open text[] := '{}';
	v_rules bigint[];
	v_releases text[];
	v_release text;
	v_place int := 0;
	v_naming text[];
	v_barren text[] := '{}';
	v_tried int := 0;
	v_item record;
	v_document jsonb;
	v_force boolean;
BEGIN
	FOR i IN 1 .. cardinality(cases) LOOP
		v_open := v_open || (cases[i]).component;
	END LOOP;
	SELECT array_agg(r.rule_id), array_agg(r.release), min(r.edge)
	INTO v_rules, v_releases, edge
	FROM (
		SELECT r.rule_id, r.release, CASE WHEN r.active_during IS NOT NULL AND r.state = 'active'
				THEN fota.rule_edge(r.active_during, v_at) END AS edge
		FROM (
			SELECT r.rule_id, r.release, r.priority, r.state, r.active_during, 16 AS serials, r.batch, r.years, r.model
			FROM fota.rule r
			WHERE r.tenant_id = v_tenant AND r.serial_from = v_serial AND r.serial_from = r.serial_to
				AND r.state IN ('active', 'paused') AND (r.model = v_model OR r.model IS NULL)
				AND (r.batch = v_batch OR r.batch IS NULL)
			UNION ALL
			SELECT r.rule_id, r.release, r.priority, r.state, r.active_during,
				CASE WHEN r.serial_from IS NULL AND r.serial_to IS NULL THEN 0 ELSE 8 END, r.batch, r.years, r.model
			FROM fota.rule r
			WHERE r.tenant_id = v_tenant AND r.batch = v_batch AND (r.model = v_model OR r.model IS NULL)
				AND r.state IN ('active', 'paused') AND (r.serial_from = r.serial_to) IS NOT TRUE
				AND (r.serial_from_key IS NULL OR r.serial_from_key <= v_key)
				AND (r.serial_to_key IS NULL OR r.serial_to_key >= v_key)
			UNION ALL
			SELECT r.rule_id, r.release, r.priority, r.state, r.active_during,
				CASE WHEN r.serial_from IS NULL AND r.serial_to IS NULL THEN 0 ELSE 8 END, r.batch, r.years, r.model
			FROM fota.rule r
			WHERE r.tenant_id = v_tenant AND r.model = v_model AND r.batch IS NULL
				AND r.state IN ('active', 'paused') AND (r.serial_from = r.serial_to) IS NOT TRUE
				AND (r.serial_from_key IS NULL OR r.serial_from_key <= v_key)
				AND (r.serial_to_key IS NULL OR r.serial_to_key >= v_key)
			UNION ALL
			SELECT r.rule_id, r.release, r.priority, r.state, r.active_during,
				CASE WHEN r.serial_from IS NULL AND r.serial_to IS NULL THEN 0 ELSE 8 END, r.batch, r.years, r.model
			FROM fota.rule r
			WHERE r.tenant_id = v_tenant AND r.model IS NULL AND r.batch IS NULL
				AND r.state IN ('active', 'paused') AND (r.serial_from = r.serial_to) IS NOT TRUE
				AND (r.serial_from_key IS NULL OR r.serial_from_key <= v_key)
				AND (r.serial_to_key IS NULL OR r.serial_to_key >= v_key)
		) r
		WHERE (r.years IS NULL OR r.years @> v_year)
			AND (v_all OR NOT EXISTS (SELECT FROM fota.rule_device x
					WHERE x.tenant_id = v_tenant AND x.rule_id = r.rule_id)
				OR EXISTS (SELECT FROM fota.rule_device x
					WHERE x.tenant_id = v_tenant AND x.rule_id = r.rule_id AND x.device_id = v_device))
		ORDER BY r.serials + CASE WHEN r.batch IS NULL THEN 0 ELSE 4 END
			+ CASE WHEN r.years IS NULL THEN 0 ELSE 2 END + CASE WHEN r.model IS NULL THEN 0 ELSE 1 END DESC,
			r.priority DESC, r.rule_id DESC
	) r;

	IF v_rules IS NULL THEN
		RETURN;
	END IF;
	FOREACH v_release IN ARRAY v_releases LOOP
		v_place := v_place + 1;
		CONTINUE WHEN v_release = ANY (v_barren) OR v_release <> ALL (v_naming);
		EXIT WHEN v_open = '{}';
		-- Most devices are done after a few rules; else it pays to ask which others name what is left.
		v_tried := v_tried + 1;
		IF v_tried = 5 THEN
			v_naming := ARRAY(SELECT DISTINCT n.release FROM fota.release_item n
				WHERE n.tenant_id = v_tenant AND n.release = ANY (v_releases) AND n.model IN (v_model, '*')
					AND n.component = ANY (v_open));
			CONTINUE WHEN v_release <> ALL (v_naming);
		END IF;
		v_force := NULL;
		FOR v_item IN
			SELECT n.component, n.version, n.model, r AS rule, EXISTS (
				SELECT FROM fota.rollout_state s
				WHERE s.tenant_id = v_tenant AND s.rule_id = r.rule_id AND s.percent = 100 AND NOT s.per_stratum) AS fully
			FROM fota.rule r
			JOIN fota.release_item n ON n.tenant_id = v_tenant AND n.release = r.release
				AND n.model IN (v_model, '*') AND n.component = ANY (v_open)
			WHERE r.tenant_id = v_tenant AND r.rule_id = v_rules[v_place]
			ORDER BY n.model = '*'
		LOOP
			IF v_document IS NULL AND (v_item.rule).filter IS NOT NULL THEN
				v_document := fota.device_document(v_tenant, v_device);
			END IF;
			v_force := coalesce(v_force, fota.is_in_force($1, v_item.rule, cases, v_item.fully, v_document));
			EXIT WHEN NOT v_force;
			CONTINUE WHEN v_item.component <> ALL (v_open);
			v_open := array_remove(v_open, v_item.component);
			cases := fota.give_winner(cases, v_item.rule, v_item.component, v_item.model, v_item.version);
		END LOOP;
		IF v_force IS NULL THEN
			v_barren := v_barren || v_release;
		END IF;
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.find_winners(fota.device_case, fota.component_case[]) IS
	'Gives each component of a device the rule that decides it.';
