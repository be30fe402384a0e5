-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rule_holds: is a rule about this device? It is in its scope and passes its versions and filter,
-- whether its rollout has come so far or not.

CREATE OR REPLACE FUNCTION fota.rule_holds(rule fota.rule, device fota.device)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (($1).model IS NULL OR ($2).model = ($1).model)
		AND (($1).years IS NULL OR ($1).years @> ($2).year) IS TRUE
		AND (($1).batch IS NULL OR ($2).batch = ($1).batch) IS TRUE
		AND CASE WHEN ($1).serial_from = ($1).serial_to THEN ($2).serial = ($1).serial_from
			ELSE (($1).serial_from_key <= ($2).serial_key) IS NOT FALSE AND (($2).serial_key <= ($1).serial_to_key) IS NOT FALSE END
		AND (NOT EXISTS (SELECT FROM fota.rule_device x WHERE x.tenant_id = ($1).tenant_id AND x.rule_id = ($1).rule_id)
			OR EXISTS (SELECT FROM fota.rule_device x WHERE x.tenant_id = ($1).tenant_id AND x.rule_id = ($1).rule_id
				AND x.device_id = ($2).device_id))
		AND (($1).versions IS NULL OR fota.passes_versions(($1).tenant_id, ($2).device_id, ($1).versions))
		AND (($1).filter IS NULL OR fota.passes_filters(($1).tenant_id, ($2).device_id, ARRAY[($1).filter]));
END
$$;

COMMENT ON FUNCTION fota.rule_holds(fota.rule, fota.device) IS
	'Is a device in the scope of a rule, and does it pass its versions and filter?';
