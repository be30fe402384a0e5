-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.credential_load: the certificates that a front-end accepts device
-- certificates from: those of all tenants that are good now. Always at least one row; der
-- NULL when there is none.

CREATE OR REPLACE FUNCTION fota_device.credential_load()
RETURNS TABLE (status text, tenant_id int, der bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT 'ok', c.tenant_id, c.der
	FROM fota.credential c
	JOIN fota.tenant t ON t.tenant_id = c.tenant_id
	WHERE c.kind = 'ca' AND c.revoked_at IS NULL AND t.suspended_at IS NULL
		AND coalesce(c.not_before <= now(), true) AND coalesce(c.not_after > now(), true)
	ORDER BY c.created_at, c.tenant_id, c.credential_id;
	IF NOT FOUND THEN
		RETURN QUERY SELECT 'ok', NULL::int, NULL::bytea;
	END IF;
END
$$;

COMMENT ON FUNCTION fota_device.credential_load() IS 'CA certificates of all tenants that are good now.';
