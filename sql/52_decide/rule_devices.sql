-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rule_devices: the devices that a rule is about, exposed or not: those in its scope that
-- pass its versions and its filter now. What a wave is a share of.

CREATE OR REPLACE FUNCTION fota.rule_devices(rule fota.rule)
RETURNS TABLE (device_id bigint, name text, model text, year int)
LANGUAGE plpgsql STABLE ROWS 10000
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := ($1).tenant_id;
	v_from text := fota.serial_key(($1).serial_from);
	v_to text := fota.serial_key(($1).serial_to);
	v_one text := CASE WHEN ($1).serial_from = ($1).serial_to THEN ($1).serial_from END;
	v_listed boolean := EXISTS (SELECT FROM fota.rule_device x
		WHERE x.tenant_id = v_tenant AND x.rule_id = ($1).rule_id);
BEGIN
	RETURN QUERY
	SELECT d.device_id, d.name, d.model, coalesce(d.year, -1)
	FROM fota.device d
	WHERE d.tenant_id = v_tenant
		AND (($1).model IS NULL OR d.model = ($1).model)
		AND (($1).years IS NULL OR ($1).years @> d.year)
		AND (($1).batch IS NULL OR d.batch = ($1).batch)
		AND (v_one IS NULL OR d.serial = v_one)
		AND (v_one IS NOT NULL OR (v_from IS NULL OR v_from COLLATE "C" <= d.serial_key)
			AND (v_to IS NULL OR d.serial_key <= v_to COLLATE "C"))
		AND (NOT v_listed OR EXISTS (SELECT FROM fota.rule_device x
			WHERE x.tenant_id = v_tenant AND x.rule_id = ($1).rule_id AND x.device_id = d.device_id))
		AND (($1).versions IS NULL OR fota.passes_versions(v_tenant, d.device_id, ($1).versions))
		AND (($1).filter IS NULL OR fota.passes_filters(v_tenant, d.device_id, ARRAY[($1).filter]));
END
$$;

COMMENT ON FUNCTION fota.rule_devices(fota.rule) IS 'Devices in a rule''s scope that pass its versions and filter now.';
