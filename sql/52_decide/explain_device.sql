-- SPDX-License-Identifier: PostgreSQL
--
-- fota.explain_device: the rows of fota.explain: per component each rule that names it, best first, with its
-- tests, then those whose scope does not cover the device, at most 20, those first that miss it by least.

CREATE OR REPLACE FUNCTION fota.explain_device(tenant_id int, device_id bigint, at timestamptz)
RETURNS TABLE (component text, place int, rule text, release text, level int, priority int, tests text[],
	in_force boolean, won boolean, why text, verdict text, reason text, has text, version text, target text,
	not_before timestamptz, encoding text)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := $1;
	v_id bigint := $2;
	v_device fota.device_case := fota.device_case(v_tenant, v_id, $3, NULL);
	v_cases fota.component_case[] := fota.component_cases(v_device);
BEGIN
	RETURN QUERY
	WITH decided AS (
		SELECT r.* FROM fota.resolve(v_tenant, v_id, $3) r
	),
	busy AS (
		SELECT DISTINCT i.rule_id
		FROM fota.action a
		JOIN fota.action_item i ON i.tenant_id = v_tenant AND i.device_id = v_id AND i.action = a.action
			AND i.state NOT IN ('confirmed', 'failed', 'declined', 'cancelled')
		WHERE a.tenant_id = v_tenant AND a.device_id = v_id AND a.state IN ('open', 'superseded')
	),
	considered AS (
		SELECT r.rule_id, r.name, r.release, r.priority, t.*, EXISTS (SELECT FROM busy b WHERE b.rule_id = r.rule_id) AS busy,
			CASE WHEN r.serial_from = r.serial_to THEN 16
				WHEN r.serial_from IS NOT NULL OR r.serial_to IS NOT NULL THEN 8 ELSE 0 END
			+ CASE WHEN r.batch IS NULL THEN 0 ELSE 4 END + CASE WHEN r.years IS NULL THEN 0 ELSE 2 END
			+ CASE WHEN r.model IS NULL THEN 0 ELSE 1 END AS level
		FROM fota.rule r
		CROSS JOIN LATERAL (
			SELECT array_agg(format('%s: %s', t.test, CASE t.outcome WHEN true THEN 'yes' WHEN false THEN 'no'
					ELSE 'unknown' END) ORDER BY t.n) AS tests,
				count(*) FILTER (WHERE t.part = 'scope' AND t.outcome IS NOT TRUE) AS outside,
				count(*) FILTER (WHERE t.part = 'force' AND t.outcome IS NOT TRUE) AS idle,
				(array_agg(t.outcome IS NULL ORDER BY t.n) FILTER (WHERE t.outcome IS NOT TRUE))[1] AS first_unknown,
				(array_agg(t.test ORDER BY t.n) FILTER (WHERE t.outcome IS NOT TRUE))[1] AS first_test
			FROM fota.rule_tests(r, v_device, v_cases) WITH ORDINALITY t (part, test, outcome, n)
		) t
		WHERE r.tenant_id = v_tenant AND r.state IN ('active', 'paused')
			AND (r.model IS NULL OR r.model = v_device.model)
	),
	named AS (
		SELECT n.component, c.*, row_number() OVER (PARTITION BY n.component ORDER BY c.outside, c.level DESC,
			c.priority DESC, c.rule_id DESC) AS place,
			count(*) FILTER (WHERE c.outside = 0) OVER (PARTITION BY n.component) AS inside
		FROM considered c
		JOIN LATERAL (
			SELECT DISTINCT i.component FROM fota.release_item i
			WHERE i.tenant_id = v_tenant AND i.release = c.release AND i.model IN (v_device.model, '*')
		) n ON true
		JOIN fota.component o ON o.tenant_id = v_tenant AND o.model = v_device.model AND o.component = n.component
	)
	SELECT coalesce(n.component, d.component), n.place::int, n.name, n.release, n.level, n.priority, n.tests,
		n.outside = 0 AND (n.idle = 0 OR n.busy), n.rule_id = d.rule_id,
		CASE WHEN n.rule_id IS NULL THEN 'no rule in scope or near it names this component'
			WHEN n.rule_id = d.rule_id THEN concat('won', CASE WHEN n.idle > 0 THEN ': its open action keeps it in force' END)
			WHEN n.outside > 0 OR n.idle > 0 AND NOT n.busy THEN format('%s: %s',
				CASE WHEN n.first_unknown THEN 'not known' ELSE 'not met' END, n.first_test)
			WHEN w.level > n.level THEN format('rule "%s" is more specific: level %s over %s', w.name, w.level, n.level)
			WHEN w.priority > n.priority THEN format('rule "%s" has a higher priority: %s over %s', w.name, w.priority, n.priority)
			ELSE format('rule "%s" won by rule_id: %s over %s', w.name, w.rule_id, n.rule_id) END,
		CASE WHEN n.rule_id IS NOT DISTINCT FROM d.rule_id THEN d.verdict END,
		CASE WHEN n.rule_id IS NOT DISTINCT FROM d.rule_id THEN concat_ws(': ', d.reason, d.detail) END,
		CASE WHEN n.rule_id IS NOT DISTINCT FROM d.rule_id THEN d.reported_version END,
		CASE WHEN n.rule_id = d.rule_id THEN d.version END,
		CASE WHEN n.rule_id = d.rule_id THEN d.target_version END,
		CASE WHEN n.rule_id = d.rule_id THEN d.not_before END,
		CASE WHEN n.rule_id = d.rule_id AND d.verdict = 'install'
			THEN fota.say_encoding(v_tenant, v_id, n.component, d.rule_id, d.version, d.build) END
	FROM named n
	FULL JOIN decided d ON d.component = n.component
	LEFT JOIN named w ON w.component = n.component AND w.rule_id = d.rule_id
	WHERE n.place IS NULL OR n.place <= n.inside + 20
	ORDER BY coalesce(n.component, d.component) COLLATE "C", n.place;
END
$$;

COMMENT ON FUNCTION fota.explain_device(int, bigint, timestamptz) IS 'The rows of fota.explain.';
