-- SPDX-License-Identifier: PostgreSQL
--
-- fota.get_setting: the value of a setting for a tenant: its own row, else the server-wide
-- one, else NULL.

CREATE OR REPLACE FUNCTION fota.get_setting(tenant_id int, name text)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (SELECT s.value FROM fota.setting s
		WHERE s.tenant_id IN (0, $1) AND s.name = $2 COLLATE "C"
		ORDER BY s.tenant_id DESC
		LIMIT 1);
END
$$;

COMMENT ON FUNCTION fota.get_setting(int, text) IS
	'Value of a setting for a tenant: its own, else the server-wide one.';
