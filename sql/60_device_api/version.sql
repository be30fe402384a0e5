-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.version: what this database speaks; front-ends reconnect when it changes.

CREATE OR REPLACE FUNCTION fota_device.version()
RETURNS TABLE (status text, version text, profile text, schema_step int)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT 'ok', '0.1',
		CASE WHEN to_regprocedure('fota.install()') IS NULL THEN 'portable' ELSE 'native' END, 1;
END
$$;

COMMENT ON FUNCTION fota_device.version() IS
	'Version of the service, profile (native or portable) and step of the schema.';
