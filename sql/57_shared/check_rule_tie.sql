-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_rule_tie: two rules of equal scope (hence level) and priority that hold at the
-- same time and name the same component would be told apart by their numbers only.

CREATE OR REPLACE FUNCTION fota.check_rule_tie(rule fota.rule)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_other record;
BEGIN
	SELECT r.name, r.state, c.component, c.model INTO v_other
	FROM fota.rule r
	JOIN fota.component c ON c.tenant_id = ($1).tenant_id AND c.model <> '*'
		AND c.model = coalesce(($1).model, c.model)
	WHERE r.tenant_id = ($1).tenant_id AND r.rule_id <> ($1).rule_id AND r.state IN ('active', 'paused')
		AND r.priority = ($1).priority AND coalesce(r.model, '') = coalesce(($1).model, '')
		AND (r.years, r.batch, r.serial_from, r.serial_to)
			IS NOT DISTINCT FROM (($1).years, ($1).batch, ($1).serial_from, ($1).serial_to)
		AND r.versions IS NOT DISTINCT FROM ($1).versions
		AND r.filter::text IS NOT DISTINCT FROM ($1).filter::text
		AND coalesce(r.active_during, '(,)') && coalesce(($1).active_during, '(,)')
		AND ARRAY(SELECT x.device_id FROM fota.rule_device x
				WHERE x.tenant_id = ($1).tenant_id AND x.rule_id = r.rule_id ORDER BY 1)
			= ARRAY(SELECT x.device_id FROM fota.rule_device x
				WHERE x.tenant_id = ($1).tenant_id AND x.rule_id = ($1).rule_id ORDER BY 1)
		AND EXISTS (SELECT FROM fota.release_item n WHERE n.tenant_id = ($1).tenant_id
			AND n.release = r.release AND n.component = c.component AND n.model IN (c.model, '*'))
		AND EXISTS (SELECT FROM fota.release_item n WHERE n.tenant_id = ($1).tenant_id
			AND n.release = ($1).release AND n.component = c.component AND n.model IN (c.model, '*'))
	ORDER BY r.rule_id, c.model, c.component
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'rule "%" ties with rule "%"', ($1).name, v_other.name
			USING ERRCODE = '23P01', SCHEMA = 'fota', TABLE = 'rule', COLUMN = 'priority', CONSTRAINT = 'rule_tie',
				DETAIL = format('Both have the same scope and priority %s, hold at the same time and name component "%s" of model "%s"; "%s" is %s.',
					($1).priority, v_other.component, v_other.model, v_other.name, v_other.state),
				HINT = format('SELECT fota.stop_rollout(%L) in the same transaction, or give this rule another priority.', v_other.name);
	END IF;
END
$$;

COMMENT ON FUNCTION fota.check_rule_tie(fota.rule) IS
	'Raises when a rule could not be told from another one that is active or paused.';
