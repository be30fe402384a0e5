-- SPDX-License-Identifier: PostgreSQL
--
-- fota.find_device: the number of the device of this name, or a clear error.

CREATE OR REPLACE FUNCTION fota.find_device(tenant_id int, device text)
RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_device bigint;
BEGIN
	SELECT d.device_id INTO v_device FROM fota.device d
	WHERE d.tenant_id = $1 AND d.name = $2 COLLATE "C";
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no device "%"', coalesce($2, 'NULL')
			USING ERRCODE = 'P0002',
				DETAIL = format('Tenant %s has no device of that name.', $1),
				HINT = 'SELECT name FROM fota.device lists the devices; a name is the serial unless another was given.';
	END IF;
	RETURN v_device;
END
$$;

COMMENT ON FUNCTION fota.find_device(int, text) IS 'Number of the device of this name; raises when there is none.';
