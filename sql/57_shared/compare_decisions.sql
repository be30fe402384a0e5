-- SPDX-License-Identifier: PostgreSQL
--
-- fota.compare_decisions: what changes for which device: the decisions before this transaction
-- against those now, or, with rules, those now against those if these drafts were active for
-- all of their devices. The other catalogue is made in a subtransaction, in which resolve is asked
-- and which is rolled back: so there is one resolver, and it cannot disagree with itself.

CREATE OR REPLACE FUNCTION fota.compare_decisions(tenant_id int, rules text[], at timestamptz)
RETURNS TABLE (device_id bigint, component text, has text, was_verdict text, was_version text, was_rule text,
	verdict text, version text, build text, rule_id bigint, rule text, reason text, detail text)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_rule fota.rule;
	v_name text;
	v_device bigint[];
	v_component text[];
	v_has text[];
	v_verdict text[];
	v_version text[];
	v_build text[];
	v_rule_id bigint[];
	v_rule_name text[];
	v_reason text[];
	v_detail text[];
BEGIN
	IF $2 IS NULL AND NOT EXISTS (SELECT FROM fota.change c WHERE c.tenant_id = $1 AND c.epoch IS NULL) THEN
		IF EXISTS (SELECT FROM fota.epoch e WHERE e.tenant_id = $1
			AND e.xmin = pg_current_xact_id_if_assigned()::xid) THEN
			RAISE EXCEPTION 'the changes of this transaction cannot be told any more from what was before'
				USING ERRCODE = '55000', DETAIL = 'SET CONSTRAINTS .. IMMEDIATE has given them their epoch.',
					HINT = 'Ask before SET CONSTRAINTS, or leave it out.';
		END IF;
		RETURN;
	END IF;
	BEGIN
		IF $2 IS NULL THEN
			PERFORM fota.undo_changes($1);
		END IF;
		FOREACH v_name IN ARRAY coalesce($2, '{}') LOOP
			v_rule := fota.find_rule($1, v_name, '{draft}', 'previewed');
			PERFORM fota.try_rule(v_rule);
		END LOOP;
		SELECT array_agg(r.device_id), array_agg(r.component), array_agg(r.reported_version), array_agg(r.verdict),
			array_agg(r.version), array_agg(r.build), array_agg(r.rule_id), array_agg(r.rule), array_agg(r.reason),
			array_agg(r.detail)
		INTO v_device, v_component, v_has, v_verdict, v_version, v_build, v_rule_id, v_rule_name, v_reason, v_detail
		FROM fota.resolve_many($1, NULL, $3) r;
		RAISE EXCEPTION USING ERRCODE = 'UF999';
	EXCEPTION WHEN SQLSTATE 'UF999' THEN
		NULL;
	END;

	RETURN QUERY
	WITH other AS MATERIALIZED (
		SELECT o.* FROM unnest(v_device, v_component, v_has, v_verdict, v_version, v_build, v_rule_id, v_rule_name, v_reason,
			v_detail) o (device_id, component, reported_version, verdict, version, build, rule_id, rule, reason, detail)
	),
	present AS MATERIALIZED (
		SELECT r.device_id, r.component, r.reported_version, r.verdict, r.version, r.build, r.rule_id, r.rule, r.reason, r.detail
		FROM fota.resolve_many($1, NULL, $3) r
	),
	before AS (
		SELECT o.* FROM other o WHERE $2 IS NULL AND o.component IS NOT NULL
		UNION ALL SELECT p.* FROM present p WHERE $2 IS NOT NULL AND p.component IS NOT NULL
	),
	later AS (
		SELECT p.* FROM present p WHERE $2 IS NULL AND p.component IS NOT NULL
		UNION ALL SELECT o.* FROM other o WHERE $2 IS NOT NULL AND o.component IS NOT NULL
	)
	SELECT coalesce(l.device_id, b.device_id), coalesce(l.component, b.component), coalesce(l.reported_version, b.reported_version),
		b.verdict, b.version, b.rule, l.verdict, l.version, l.build, l.rule_id, l.rule, l.reason, l.detail
	FROM later l
	FULL JOIN before b ON b.device_id = l.device_id AND b.component = l.component
	WHERE (b.verdict, b.version, b.build, b.reason) IS DISTINCT FROM (l.verdict, l.version, l.build, l.reason)
		OR b.rule_id IS DISTINCT FROM l.rule_id;
END
$$;

COMMENT ON FUNCTION fota.compare_decisions(int, text[], timestamptz) IS
	'What changes for which device: before this transaction against now, or now against these drafts.';
