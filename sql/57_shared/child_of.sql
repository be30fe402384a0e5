-- SPDX-License-Identifier: PostgreSQL
--
-- fota.child_of: the device of this name, when its parent is this gateway; else NULL.

CREATE OR REPLACE FUNCTION fota.child_of(tenant_id int, gateway_id bigint, name text)
RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN (SELECT d.device_id FROM fota.device d
		WHERE d.tenant_id = $1 AND d.name = $3 COLLATE "C" AND d.parent_id = $2);
END
$$;

COMMENT ON FUNCTION fota.child_of(int, bigint, text) IS
	'The device of this name behind this gateway, or NULL.';
