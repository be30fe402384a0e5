-- SPDX-License-Identifier: PostgreSQL
--
-- fota.supersede_action: an action that the rules no longer ask for. When the device
-- has begun with none of its items they are cancelled at once; else the action stays
-- open as `superseded`: a cancel is offered, and a device that is past the point of no
-- return may finish. drop: cancel unless an item is being installed.

CREATE OR REPLACE FUNCTION fota.supersede_action(tenant_id int, device_id bigint, action int,
	drop boolean, at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_begun boolean;
	v_installing boolean;
BEGIN
	SELECT bool_or(i.state IN ('downloading', 'downloaded', 'installing', 'installed')),
		bool_or(i.state IN ('installing', 'installed'))
	INTO v_begun, v_installing
	FROM fota.action_item i
	WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3;

	IF NOT coalesce(v_begun, false) OR $4 AND NOT v_installing THEN
		PERFORM fota.move_item($1, $2, $3, i.item, 'cancelled', NULL, 'superseded', $5)
		FROM fota.action_item i
		WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3;
		PERFORM fota.close_if_done($1, $2, $3, $5);
	ELSE
		UPDATE fota.action a SET state = 'superseded', reason = 'superseded'
		WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3 AND a.state = 'open';
	END IF;
END
$$;

COMMENT ON FUNCTION fota.supersede_action(int, bigint, int, boolean, timestamptz) IS
	'Cancels an action that the device has not begun; else offers the cancel and leaves it open.';
