-- SPDX-License-Identifier: PostgreSQL
--
-- fota.scope_devices: the devices that the scope of a rule covers, whatever its tests say: the listed ones,
-- where it lists any.

CREATE OR REPLACE FUNCTION fota.scope_devices(rule fota.rule)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 10000
AS $$
#variable_conflict use_column
DECLARE
	v_one text := CASE WHEN ($1).serial_from = ($1).serial_to THEN ($1).serial_from END;
BEGIN
	IF EXISTS (SELECT FROM fota.rule_device x WHERE x.tenant_id = ($1).tenant_id AND x.rule_id = ($1).rule_id) THEN
		RETURN QUERY
		SELECT x.device_id FROM fota.rule_device x
		WHERE x.tenant_id = ($1).tenant_id AND x.rule_id = ($1).rule_id;
		RETURN;
	END IF;
	RETURN QUERY
	SELECT d.device_id
	FROM fota.device d
	WHERE d.tenant_id = ($1).tenant_id
		AND (($1).model IS NULL OR d.model = ($1).model)
		AND (($1).years IS NULL OR ($1).years @> d.year)
		AND (($1).batch IS NULL OR d.batch = ($1).batch)
		AND CASE WHEN v_one IS NOT NULL THEN d.serial = v_one
			ELSE coalesce(($1).serial_from_key <= d.serial_key, true) AND coalesce(d.serial_key <= ($1).serial_to_key, true) END;
END
$$;

COMMENT ON FUNCTION fota.scope_devices(fota.rule) IS 'Devices that the scope of a rule covers.';
