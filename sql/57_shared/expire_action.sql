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
	UPDATE fota.action a SET state = 'expired', reason = 'silent', closed_at = $4
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3
		AND a.state IN ('open', 'superseded');
	IF FOUND THEN
		PERFORM fota.move_item($1, $2, $3, i.item, 'cancelled', NULL, 'expired', $4)
		FROM fota.action_item i
		WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3;
		PERFORM fota.add_event($1, 'action_expired', NULL, $2, jsonb_build_object('action', $3), $4);
	END IF;
END
$$;

COMMENT ON FUNCTION fota.expire_action(int, bigint, int, timestamptz) IS
	'Closes the action of a device that stayed silent.';
