-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_rules: inserted rules are judged together, so that a load of many costs what differs
-- between them: each release and model is looked up once, each filter and range of versions read once.
-- What is wrong is then told by the functions that judge one rule. A release or model that is named is
-- locked until the end of the transaction, as a foreign key does (fota.keep_named is the other half), with
-- the owner's rights, since those who may add rules need not be able to change releases.

CREATE OR REPLACE FUNCTION fota.check_rules()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
DECLARE
	v_bad record;
	v_rule fota.rule;
BEGIN
	SELECT x.* INTO v_bad
	FROM (
		SELECT n.tenant_id, n.release, NULL AS model, n.name
		FROM (SELECT n.tenant_id, n.release, min(n.name) AS name FROM new_rows n GROUP BY n.tenant_id, n.release) n
		WHERE NOT EXISTS (SELECT FROM fota.release r
			WHERE r.tenant_id = n.tenant_id AND r.release = n.release FOR KEY SHARE)
		UNION ALL
		SELECT n.tenant_id, NULL, n.model, n.name
		FROM (SELECT n.tenant_id, n.model, min(n.name) AS name FROM new_rows n
			WHERE n.model IS NOT NULL GROUP BY n.tenant_id, n.model) n
		WHERE NOT EXISTS (SELECT FROM fota.model m
			WHERE m.tenant_id = n.tenant_id AND m.model = n.model FOR KEY SHARE)
	) x
	ORDER BY x.name
	LIMIT 1;
	IF FOUND THEN
		PERFORM fota.lock_rule_names(v_bad.tenant_id, v_bad.name, v_bad.release, v_bad.model);
	END IF;

	FOR v_bad IN
		SELECT n.filter, min(n.name) AS name
		FROM (SELECT n.filter::text AS filter, n.name FROM new_rows n WHERE n.filter IS NOT NULL) n
		GROUP BY n.filter
		ORDER BY 2
	LOOP
		PERFORM fota.check_filter(format('rule "%s"', v_bad.name), 'rule', v_bad.filter::jsonpath);
	END LOOP;

	FOR v_bad IN
		WITH kind AS MATERIALIZED (
			SELECT n.tenant_id, n.model, n.versions, min(n.name) AS name, CASE WHEN jsonb_typeof(n.versions) <> 'object' THEN true
				ELSE n.versions = '{}' OR n.versions @? 'lax $.* ? (@.type() != "string")' END AS malformed
			FROM new_rows n
			WHERE n.versions IS NOT NULL
			GROUP BY n.tenant_id, n.model, n.versions
		),
		test AS MATERIALIZED (
			SELECT k.tenant_id, k.model, e.key COLLATE "C" AS component, e.value AS range, min(k.name) AS name
			FROM kind k
			CROSS JOIN LATERAL jsonb_each_text(CASE WHEN NOT k.malformed THEN k.versions ELSE '{}' END) e
			GROUP BY k.tenant_id, k.model, e.key, e.value
		),
		place AS (
			SELECT t.ranges, t.names, count(c.component) = 0 AS missing, bool_and(c.ordering = 'opaque') AS opaque
			FROM (
				SELECT t.tenant_id, t.model, t.component, array_agg(t.range) AS ranges, array_agg(t.name) AS names
				FROM test t
				GROUP BY t.tenant_id, t.model, t.component
			) t
			LEFT JOIN fota.component c ON c.tenant_id = t.tenant_id AND c.component = t.component
				AND c.model = coalesce(t.model, c.model)
			GROUP BY t.tenant_id, t.model, t.component, t.ranges, t.names
		)
		SELECT p.missing, p.opaque, x.range, min(x.name) AS name
		FROM place p
		CROSS JOIN LATERAL unnest(p.ranges, p.names) x (range, name)
		GROUP BY p.missing, p.opaque, x.range
		UNION ALL
		SELECT true, NULL, NULL, k.name FROM kind k WHERE k.malformed
		ORDER BY 4
	LOOP
		IF v_bad.missing THEN
			SELECT n.* INTO v_rule FROM new_rows n WHERE n.name = v_bad.name;
			PERFORM fota.check_rule_tests(v_rule);
		ELSE
			PERFORM fota.check_range(format('rule "%s"', v_bad.name), 'rule', 'versions', v_bad.range, v_bad.opaque);
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.check_rules() IS 'Statement trigger: refuses inserted rules that can hold for no device.';

CREATE TRIGGER check_rules AFTER INSERT ON fota.rule
	REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION fota.check_rules();
COMMENT ON TRIGGER check_rules ON fota.rule IS 'Refuses rules that can hold for no device.';
