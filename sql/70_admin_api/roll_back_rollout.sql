-- SPDX-License-Identifier: PostgreSQL
--
-- fota.roll_back_rollout: stops a rule and sends the devices that it changed back to what they
-- had: for every set of versions that they left, a release and an active rule `<rule>-back-<n>` of
-- the same scope for just these devices, one priority higher, that may downgrade. A device is
-- left as it is when a version that it had is not known or has no published image, or when it has
-- left the scope; the result lists it with the reason. The way back needs nobody's approval.

CREATE OR REPLACE FUNCTION fota.roll_back_rollout(rule text, at timestamptz DEFAULT now())
RETURNS TABLE (back text, versions jsonb, devices bigint, device text, problem text)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_rule fota.rule;
	v_back fota.rule;
	v_set record;
	v_bad jsonb;
	v_n int := 0;
BEGIN
	PERFORM FROM fota.model m WHERE m.tenant_id = v_tenant AND m.model = '*' FOR NO KEY UPDATE;
	v_rule := fota.find_rule(v_tenant, $1, '{active,paused}', 'rolled back');
	PERFORM fota.stop_rollout($1, $2);

	FOR v_set IN
		WITH before AS (
			SELECT DISTINCT ON (i.device_id, i.component) i.device_id, i.component, i.from_version
			FROM fota.action_item i
			WHERE i.tenant_id = v_tenant AND i.rule_id = v_rule.rule_id AND i.state IN ('installed', 'confirmed')
			ORDER BY i.device_id, i.component, i.action
		),
		placed AS (
			SELECT d.device_id, d.name, d.model, b.component, b.from_version, (
				SELECT i.model FROM fota.image i
				WHERE i.tenant_id = v_tenant AND i.model IN (d.model, '*') AND i.component = b.component
					AND i.version = b.from_version AND i.state = 'published'
				ORDER BY i.model = '*'
				LIMIT 1) AS image_model,
				fota.rule_covers(v_rule, d) AS covered
			FROM before b
			JOIN fota.device d ON d.tenant_id = v_tenant AND d.device_id = b.device_id
		),
		each AS (
			SELECT p.device_id, p.name, p.model, jsonb_object_agg(p.component, p.from_version) AS versions,
				CASE WHEN NOT bool_and(p.covered) THEN 'it is not in the scope of the rule any more'
					ELSE string_agg(format(CASE WHEN p.from_version IS NULL THEN 'what %s it had is not known'
						ELSE 'there is no published image of %s %s' END, p.component, p.from_version), '; '
						ORDER BY p.component) FILTER (WHERE p.image_model IS NULL) END AS problem,
				jsonb_object_agg(p.component, p.image_model) AS images
			FROM placed p
			GROUP BY p.device_id, p.name, p.model
		)
		SELECT e.model, e.versions, e.images, array_agg(e.device_id ORDER BY e.device_id)
				FILTER (WHERE e.problem IS NULL) AS device_ids,
			jsonb_agg(jsonb_build_array(e.name, e.problem) ORDER BY e.name) FILTER (WHERE e.problem IS NOT NULL) AS bad
		FROM each e
		GROUP BY e.model, e.versions, e.images
		ORDER BY e.model, e.versions::text
	LOOP
		v_bad := coalesce(v_bad, '[]') || coalesce(v_set.bad, '[]');
		CONTINUE WHEN v_set.device_ids IS NULL;
		LOOP
			v_n := v_n + 1;
			v_back.name := format('%s-back-%s', left(v_rule.name, 85), v_n);
			EXIT WHEN NOT EXISTS (SELECT FROM fota.release r WHERE r.tenant_id = v_tenant AND r.release = v_back.name)
				AND NOT EXISTS (SELECT FROM fota.rule r WHERE r.tenant_id = v_tenant AND r.name = v_back.name);
		END LOOP;
		INSERT INTO fota.release (tenant_id, release, note)
		VALUES (v_tenant, v_back.name, format('What the devices of rule %s had before.', v_rule.name));
		INSERT INTO fota.release_item (tenant_id, release, model, component, version)
		SELECT v_tenant, v_back.name, v_set.images ->> v.key, v.key, v.value
		FROM jsonb_each_text(v_set.versions) v
		ORDER BY v.key;
		INSERT INTO fota.rule AS r (tenant_id, name, release, model, years, batch, serial_from, serial_to, priority,
			allow_downgrade, max_attempts, download_in_window, poll_every, poll_active)
		VALUES (v_tenant, v_back.name, v_back.name, v_rule.model, v_rule.years, v_rule.batch, v_rule.serial_from,
			v_rule.serial_to, v_rule.priority + 1, true, v_rule.max_attempts, v_rule.download_in_window,
			v_rule.poll_every, v_rule.poll_active)
		RETURNING r.* INTO v_back;
		INSERT INTO fota.rule_device (tenant_id, rule_id, device_id)
		SELECT v_tenant, v_back.rule_id, u.id FROM unnest(v_set.device_ids) u (id);
		INSERT INTO fota.rule_window (tenant_id, rule_id, days, opens, closes)
		SELECT v_tenant, v_back.rule_id, w.days, w.opens, w.closes FROM fota.rule_window w
		WHERE w.tenant_id = v_tenant AND w.rule_id = v_rule.rule_id;
		PERFORM fota.start_rule(v_back, $2);
		RETURN QUERY SELECT v_back.name, v_set.versions, cardinality(v_set.device_ids)::bigint, NULL::text, NULL::text;
	END LOOP;
	PERFORM fota.add_event(v_tenant, 'rule_rolled_back', v_rule.rule_id, NULL,
		jsonb_build_object('rule', v_rule.name, 'left_as_they_are', jsonb_array_length(v_bad)), $2);
	RETURN QUERY SELECT NULL::text, NULL::jsonb, NULL::bigint, b ->> 0, b ->> 1 FROM jsonb_array_elements(v_bad) b;
END
$$;

COMMENT ON FUNCTION fota.roll_back_rollout(text, timestamptz) IS
	'Stops a rule and sends its devices back to what they had; lists those for which there is no way back.';
