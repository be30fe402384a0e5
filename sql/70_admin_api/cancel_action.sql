-- SPDX-License-Identifier: PostgreSQL
--
-- fota.cancel_action: ends the open action of a device: at once when it has begun with
-- nothing (cancelled), else by offering the cancel to it (superseded). The rules stay as
-- they are: what they still ask for comes again as a new action.

CREATE OR REPLACE FUNCTION fota.cancel_action(device text)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_device bigint := fota.find_device(v_tenant, $1);
	v_action int;
BEGIN
	PERFORM FROM fota.device d WHERE d.tenant_id = v_tenant AND d.device_id = v_device FOR NO KEY UPDATE;
	SELECT a.action INTO v_action FROM fota.action a
	WHERE a.tenant_id = v_tenant AND a.device_id = v_device AND a.state IN ('open', 'superseded');
	IF NOT FOUND THEN
		RAISE EXCEPTION 'device "%" has no open action', $1
			USING ERRCODE = '55000', HINT = 'SELECT * FROM fota.action shows its actions.';
	END IF;
	PERFORM fota.supersede_action(v_tenant, v_device, v_action, false, now());
	RETURN (SELECT a.state FROM fota.action a
		WHERE a.tenant_id = v_tenant AND a.device_id = v_device AND a.action = v_action);
END
$$;

COMMENT ON FUNCTION fota.cancel_action(text) IS
	'Ends the open action of a device; the state of it: cancelled, or superseded until the device agrees.';
