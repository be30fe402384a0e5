-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_rule_tests: what a rule tests must be possible: its ranges of versions well formed, not
-- contradictory, and about components that there are, its filter a predicate.

CREATE OR REPLACE FUNCTION fota.check_rule_tests(rule fota.rule)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_what text := format('rule "%s"', ($1).name);
	v_test record;
BEGIN
	IF ($1).filter IS NOT NULL THEN
		PERFORM fota.check_filter(v_what, 'rule', ($1).filter);
	END IF;
	IF ($1).versions IS NULL THEN
		RETURN;
	END IF;
	IF jsonb_typeof(($1).versions) <> 'object' OR ($1).versions = '{}' OR EXISTS (
		SELECT FROM jsonb_each(CASE jsonb_typeof(($1).versions) WHEN 'object' THEN ($1).versions ELSE '{}' END) e
		WHERE jsonb_typeof(e.value) <> 'string') THEN
		RAISE EXCEPTION '%: column versions is not of the form {"component": "range"}', v_what
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = 'rule', COLUMN = 'versions', CONSTRAINT = 'rule_versions_check',
				DETAIL = format('Found: %s', left(($1).versions::text, 200)),
				HINT = 'For example {"bootloader": ">=1.2", "app": ">=1.4 <3"}; NULL tests nothing.';
	END IF;
	FOR v_test IN
		SELECT e.key, e.value, count(c.component) AS found, bool_and(c.ordering = 'opaque') AS opaque
		FROM jsonb_each_text(($1).versions) e
		LEFT JOIN fota.component c ON c.tenant_id = ($1).tenant_id AND c.component = e.key
			AND c.model = coalesce(($1).model, c.model)
		GROUP BY e.key, e.value
		ORDER BY e.key
	LOOP
		IF v_test.found = 0 THEN
			RAISE EXCEPTION '%: column versions tests component "%", which % has not', v_what, v_test.key,
				coalesce('model "' || ($1).model || '"', 'any model')
				USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = 'rule', COLUMN = 'versions', CONSTRAINT = 'rule_versions_check',
					DETAIL = 'A test of a component that is unknown is never true.',
					HINT = coalesce('Its components: ' || (SELECT string_agg(c.component, ', ' ORDER BY c.component)
						FROM fota.component c WHERE c.tenant_id = ($1).tenant_id AND c.model = ($1).model) || '.',
						'fota.add_model adds components to a model.');
		END IF;
		PERFORM fota.check_range(v_what, 'rule', 'versions', v_test.value, v_test.opaque);
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.check_rule_tests(fota.rule) IS
	'Raises when a test of a rule can hold for no device, naming column and remedy.';
