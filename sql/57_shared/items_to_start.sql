-- SPDX-License-Identifier: PostgreSQL
--
-- fota.items_to_start: which components the next action of a device takes, of those that may be
-- installed or removed now by these rules: all, unless the class of its client takes so many at a time
-- only. Then the first in order of installing, each with what must travel with it (joint components,
-- what would break otherwise), whole or not at all; the rest come in the next actions. More than the
-- class takes at a time never travel: they stay offered, and no action has them.

CREATE OR REPLACE FUNCTION fota.items_to_start(tenant_id int, device_id bigint, rules bigint[], at timestamptz)
RETURNS text[]
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_device fota.device_case;
	v_most int;
	v_row record;
	v_c fota.component_case;
	v_cases fota.component_case[] := '{}';
	v_one int[];
	v_other int[];
	v_group int[];
	v_taken int[] := '{}';
BEGIN
	SELECT least(k.max_chunks, k.max_artifacts) INTO v_most
	FROM fota.device d
	JOIN fota.model m ON m.tenant_id = $1 AND m.model = d.model
	JOIN fota.client_class k ON k.tenant_id IN (0, $1) AND k.client_class = m.client_class
	WHERE d.tenant_id = $1 AND d.device_id = $2
	ORDER BY k.tenant_id DESC
	LIMIT 1;
	IF v_most IS NULL THEN
		RETURN ARRAY(SELECT r.component FROM fota.resolve($1, $2, $4) r
			WHERE r.verdict IN ('install', 'remove') AND r.rule_id = ANY ($3));
	END IF;
	FOR v_row IN
		SELECT r.component, r.verdict, r.rule_id, r.version, r.target_version, r.reported_version, i.model
		FROM fota.resolve($1, $2, $4) r
		JOIN fota.device d ON d.tenant_id = $1 AND d.device_id = $2
		JOIN fota.component c ON c.tenant_id = $1 AND c.model = d.model AND c.component = r.component
		LEFT JOIN LATERAL fota.offered_image($1, $2, r.component, r.rule_id, r.version, r.build) i ON true
		WHERE r.verdict IN ('install', 'remove') AND r.rule_id = ANY ($3)
		ORDER BY c.install_order, r.component COLLATE "C"
	LOOP
		v_c := NULL;
		v_c.component := v_row.component;
		v_c.verdict := v_row.verdict;
		v_c.rule_id := v_row.rule_id;
		v_c.image_model := v_row.model;
		v_c.offered := v_row.version;
		v_c.target := v_row.target_version;
		v_c.reported := v_row.reported_version;
		v_cases := v_cases || v_c;
	END LOOP;
	IF cardinality(v_cases) <= v_most THEN
		RETURN ARRAY(SELECT c.component FROM unnest(v_cases) c);
	END IF;

	v_device := fota.device_case($1, $2, $4, NULL);
	SELECT array_agg(r.one), array_agg(r.other) INTO v_one, v_other
	FROM fota.relations_of(v_device, v_cases) r
	WHERE r.other IS NOT NULL;
	FOR i IN 1 .. cardinality(v_cases) LOOP
		v_group := ARRAY(
			WITH RECURSIVE goes (n) AS (
				SELECT i UNION SELECT e.other FROM goes g JOIN unnest(v_one, v_other) e (one, other) ON e.one = g.n
			)
			SELECT n FROM goes UNION SELECT unnest(v_taken));
		IF cardinality(v_group) <= v_most THEN
			v_taken := v_group;
		END IF;
	END LOOP;
	RETURN ARRAY(SELECT v_cases[n].component FROM unnest(v_taken) n ORDER BY n);
END
$$;

COMMENT ON FUNCTION fota.items_to_start(int, bigint, bigint[], timestamptz) IS
	'Components that the next action of a device takes: all that it may, or as many as its client class can.';
