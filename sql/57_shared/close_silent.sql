-- SPDX-License-Identifier: PostgreSQL
--
-- fota.close_silent: closes an action whose device has fallen silent, as expired or lost; the
-- device gets a new one when it returns. False when the action was closed before.

CREATE OR REPLACE FUNCTION fota.close_silent(tenant_id int, device_id bigint, action int, state text,
	at timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	UPDATE fota.action a SET state = $4, reason = 'silent', closed_at = $5
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3
		AND a.state IN ('open', 'superseded');
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM fota.move_item($1, $2, $3, i.item, 'cancelled', NULL, $4, $5)
	FROM fota.action_item i
	WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3;
	RETURN true;
END
$$;

COMMENT ON FUNCTION fota.close_silent(int, bigint, int, text, timestamptz) IS
	'Closes the action of a device that fell silent, as expired or lost; false when it was closed before.';
