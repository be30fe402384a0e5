-- SPDX-License-Identifier: PostgreSQL
--
-- fota.get_limit: a limit of the settings: a tenant's own row may lower the server-wide one, never raise it.

CREATE OR REPLACE FUNCTION fota.get_limit(tenant_id int, name text)
RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (SELECT min(s.value::bigint) FROM fota.setting s
		WHERE s.tenant_id IN (0, $1) AND s.name = $2 COLLATE "C");
END
$$;

COMMENT ON FUNCTION fota.get_limit(int, text) IS 'A limit for a tenant: the lower of its own and the server-wide one.';
