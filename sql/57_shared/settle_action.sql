-- SPDX-License-Identifier: PostgreSQL
--
-- fota.settle_action: does what fota.item_fate found for a device's open action, and
-- closes it when nothing is left to do. Reported contents beat words here.
--
-- polled: this is a contact of the device (counts towards `2 polls uncontradicted`).
-- native: a superseded action that such a device did not begin to install is dropped
-- when it checks in again: the action had vanished from the decision before.

CREATE OR REPLACE FUNCTION fota.settle_action(tenant_id int, device_id bigint, vouched boolean,
	polled boolean, native boolean, at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_action fota.action;
	v_fate record;
	v_polls int;
	v_changed boolean := false;
BEGIN
	SELECT a.* INTO v_action FROM fota.action a
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.state IN ('open', 'superseded')
	FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;

	FOR v_fate IN SELECT f.item, f.fate FROM fota.item_fate($1, $2, $3, $6) f LOOP
		CASE v_fate.fate
			WHEN 'confirm' THEN
				PERFORM fota.confirm_item($1, $2, v_action.action, v_fate.item, $6);
			WHEN 'revert' THEN
				PERFORM fota.move_item($1, $2, v_action.action, v_fate.item, 'failed', 7,
					'reverted', $6);
			WHEN 'poll' THEN
				IF $4 THEN
					UPDATE fota.action_item i SET polls = i.polls + 1
					WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = v_action.action
						AND i.item = v_fate.item
					RETURNING i.polls INTO v_polls;
					IF v_polls >= 2 THEN
						PERFORM fota.confirm_item($1, $2, v_action.action, v_fate.item, $6);
					END IF;
				END IF;
			WHEN 'changed' THEN
				v_changed := true;
			ELSE NULL;
		END CASE;
	END LOOP;

	IF v_changed OR v_action.state = 'superseded' THEN
		PERFORM fota.supersede_action($1, $2, v_action.action,
			$5 AND $4 AND v_action.state = 'superseded', $6);
	END IF;
	PERFORM fota.close_if_done($1, $2, v_action.action, $6);
END
$$;

COMMENT ON FUNCTION fota.settle_action(int, bigint, boolean, boolean, boolean, timestamptz) IS
	'Brings a device''s open action in line with its contents and the rules; closes it when done.';
