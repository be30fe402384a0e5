-- SPDX-License-Identifier: PostgreSQL
--
-- fota.tied_rules: the other active rules that a rule beats only by its number: of the same level and
-- priority, with a scope that overlaps its own, that name the component. Of the same level means that
-- they say something about the same: see fota.rule_level.

CREATE OR REPLACE FUNCTION fota.tied_rules(tenant_id int, rule_id bigint, component text)
RETURNS SETOF fota.rule
LANGUAGE plpgsql STABLE ROWS 1
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT o.*
	FROM fota.rule w
	JOIN fota.rule o ON o.tenant_id = $1 AND o.state = 'active' AND o.rule_id < w.rule_id AND o.priority = w.priority
		AND coalesce(o.model, '') = coalesce(w.model, '') AND o.batch IS NOT DISTINCT FROM w.batch
		AND (o.years IS NULL) = (w.years IS NULL) AND (o.years && w.years) IS NOT FALSE
		AND fota.rule_level(o) = fota.rule_level(w)
		AND (o.serial_from_key <= w.serial_to_key) IS NOT FALSE AND (w.serial_from_key <= o.serial_to_key) IS NOT FALSE
		AND EXISTS (SELECT FROM fota.release_item n WHERE n.tenant_id = $1 AND n.release = o.release AND n.component = $3)
	WHERE w.tenant_id = $1 AND w.rule_id = $2;
END
$$;

COMMENT ON FUNCTION fota.tied_rules(int, bigint, text) IS
	'The other active rules that a rule beats only by its number.';
