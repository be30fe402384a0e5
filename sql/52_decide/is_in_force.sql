-- SPDX-License-Identifier: PostgreSQL
--
-- fota.is_in_force: does a rule whose scope covers a device hold for it now? It is active, in its
-- time, its tests hold and its rollout has come so far; or the device's open action has an
-- unfinished item of it. fully: it is known to be exposed to all; document:
-- fota.device_document, for a rule that has a filter.

CREATE OR REPLACE FUNCTION fota.is_in_force(device fota.device_case, rule fota.rule, cases fota.component_case[],
	fully boolean, document jsonb)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	IF ($2).state = 'active' AND (($2).active_during IS NULL OR ($2).active_during @> ($1).at)
		AND (($2).versions IS NULL OR fota.versions_match(($2).versions, $3))
		AND ($4 OR fota.is_exposed($1, ($2).rule_id, ($2).seed))
		AND (($2).filter IS NULL OR coalesce(fota.filter_matches(($2).filter, $5), false)) THEN
		RETURN true;
	END IF;
	RETURN EXISTS (
		SELECT FROM fota.action a
		JOIN fota.action_item i ON i.tenant_id = ($1).tenant_id AND i.device_id = ($1).device_id
			AND i.action = a.action
		WHERE a.tenant_id = ($1).tenant_id AND a.device_id = ($1).device_id AND a.state IN ('open', 'superseded')
			AND i.rule_id = ($2).rule_id AND i.state NOT IN ('confirmed', 'failed', 'declined', 'cancelled'));
END
$$;

COMMENT ON FUNCTION fota.is_in_force(fota.device_case, fota.rule, fota.component_case[], boolean, jsonb) IS
	'Does a rule whose scope covers a device hold for it now?';
