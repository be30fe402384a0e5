-- SPDX-License-Identifier: PostgreSQL
--
-- fota.tied_devices: the devices for which a rule beats another active one of the same level and
-- priority that names the component only by its number.

CREATE OR REPLACE FUNCTION fota.tied_devices(tenant_id int, rule_id bigint, component text)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT DISTINCT d.device_id
	FROM fota.rule w
	JOIN fota.rule o ON o.tenant_id = $1 AND o.state = 'active' AND o.rule_id < w.rule_id AND o.priority = w.priority
		AND fota.rule_level(o) = fota.rule_level(w) AND (o.model = w.model OR o.model IS NULL OR w.model IS NULL)
		AND EXISTS (SELECT FROM fota.release_item n WHERE n.tenant_id = $1 AND n.release = o.release AND n.component = $3)
	CROSS JOIN LATERAL fota.rule_devices(o) d
	WHERE w.tenant_id = $1 AND w.rule_id = $2;
END
$$;

COMMENT ON FUNCTION fota.tied_devices(int, bigint, text) IS
	'Devices for which a rule beats another of the same level and priority only by its number.';
