-- SPDX-License-Identifier: PostgreSQL
--
-- fota.clear_failures: failures of a device no longer count, neither against max_attempts
-- nor for the back-off. Raises the epoch, so that it is heard of at once. How many.

CREATE OR REPLACE FUNCTION fota.clear_failures(device text)
RETURNS int
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_device bigint := fota.find_device(v_tenant, $1);
	v_count int;
BEGIN
	UPDATE fota.action_item i SET forgiven = true
	WHERE i.tenant_id = v_tenant AND i.device_id = v_device AND i.state = 'failed' AND NOT i.forgiven;
	GET DIAGNOSTICS v_count = ROW_COUNT;
	RETURN v_count;
END
$$;

COMMENT ON FUNCTION fota.clear_failures(text) IS 'Failures of a device no longer count; how many there were.';
