-- SPDX-License-Identifier: PostgreSQL
--
-- fota.expire_action: a device stayed silent about its action for too long: the action is
-- closed, so that the device gets a new one when it returns.

CREATE OR REPLACE FUNCTION fota.expire_action(tenant_id int, device_id bigint, action int,
	at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	IF fota.close_silent($1, $2, $3, 'expired', $4) THEN
		PERFORM fota.add_event($1, 'action_expired', NULL, $2, jsonb_build_object('action', $3), $4);
	END IF;
END
$$;

COMMENT ON FUNCTION fota.expire_action(int, bigint, int, timestamptz) IS
	'Closes the action of a device that stayed silent.';
