-- SPDX-License-Identifier: PostgreSQL
--
-- fota.compare_decisions: what changes for which device: the decisions before this transaction against
-- those now, or, with rules, against those if these drafts were active for all of their devices,
-- too. Drafts are tried in a subtransaction that is rolled back.

CREATE OR REPLACE FUNCTION fota.compare_decisions(tenant_id int, rules text[], at timestamptz)
RETURNS TABLE (device_id bigint, component text, has text, was_verdict text, was_version text, was_rule text,
	verdict text, version text, build text, rule_id bigint, rule text, reason text, detail text, model text, unknown boolean,
	base bytea, payload bytea)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_rule fota.rule;
	v_name text;
BEGIN
	IF $3 < now() THEN
		RAISE EXCEPTION 'what a change does is asked of now, or of an instant to come, not of %', $3
			USING ERRCODE = '22023', HINT = 'fota.resolve and fota.explain tell what was at that instant.';
	END IF;
	IF EXISTS (SELECT FROM fota.epoch e WHERE e.tenant_id = $1 AND e.epoch > 0
		AND e.xmin = pg_current_xact_id_if_assigned()::xid) THEN
		RAISE EXCEPTION 'the changes of this transaction cannot be told any more from what was before'
			USING ERRCODE = '55000', DETAIL = 'SET CONSTRAINTS .. IMMEDIATE has given them their epoch.',
				HINT = 'Ask before SET CONSTRAINTS, or leave it out.';
	END IF;
	BEGIN
		FOREACH v_name IN ARRAY coalesce($2, '{}') LOOP
			v_rule := fota.find_rule($1, v_name, '{draft}', 'previewed');
			PERFORM fota.try_rule(v_rule);
		END LOOP;
		-- What is returned here stays, whatever becomes of the subtransaction.
		IF EXISTS (SELECT FROM fota.change c WHERE c.tenant_id = $1 AND c.epoch IS NULL) THEN
			RETURN QUERY
			SELECT d.device_id, d.component, d.reported_version, d.was_verdict, d.was_version, d.was_rule, d.verdict, d.version,
				d.build, d.rule_id, d.rule, d.reason, d.detail, d.model, d.unknown,
				d.base, d.payload
			FROM fota.resolve_difference($1, fota.changed_devices($1), $3) d;
		END IF;
		IF $2 <> '{}' THEN
			RAISE EXCEPTION USING ERRCODE = 'UF999';
		END IF;
	EXCEPTION WHEN SQLSTATE 'UF999' THEN
		NULL;
	END;
END
$$;

COMMENT ON FUNCTION fota.compare_decisions(int, text[], timestamptz) IS
	'What changes for which device: before this transaction against now, or against now with these drafts.';
