-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_rule_tests: what a rule tests must be possible: its bounds the right way round, its
-- ranges of versions well formed and about components that there are, its filter a predicate.

CREATE OR REPLACE FUNCTION fota.check_rule_tests(rule fota.rule)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_what text := format('rule "%s"', ($1).name);
	v_column text;
	v_detail text;
	v_hint text;
	v_test record;
BEGIN
	IF ($1).serial_from_key COLLATE "C" > ($1).serial_to_key COLLATE "C" THEN
		v_column := 'serial_to';
		v_detail := format('serial_from %L comes after serial_to %L.', ($1).serial_from, ($1).serial_to);
		v_hint := 'Runs of digits compare as numbers: SN9 comes before SN10. Exchange the two.';
	ELSIF isempty(($1).years) OR upper(($1).years) <= 1970 OR lower(($1).years) > 9999 THEN
		v_column := 'years';
		v_detail := format('No device is of a year in %s.', ($1).years);
		v_hint := 'Write both years in brackets, such as [2024,2025]; a round one leaves its year out.';
	ELSIF isempty(($1).active_during) THEN
		v_column := 'active_during';
		v_detail := 'It holds no instant.';
		v_hint := 'Write [begin,end), each with its time zone; leave one out for no limit.';
	ELSIF ($1).batch = '' THEN
		v_column := 'batch';
		v_detail := 'No device has an empty batch.';
		v_hint := 'NULL means any batch.';
	END IF;
	IF v_column IS NOT NULL THEN
		RAISE EXCEPTION '%: column % covers nothing', v_what, v_column
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = 'rule', COLUMN = v_column, CONSTRAINT = 'rule_' || v_column || '_check',
				DETAIL = v_detail, HINT = v_hint;
	END IF;

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
				coalesce(format('model "%s"', ($1).model), 'any model')
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
	'Raises when a scope or test of a rule can hold for no device, naming column and remedy.';
