-- SPDX-License-Identifier: PostgreSQL
--
-- fota.move_item: moves an item of an action forward to a state, or does nothing
-- when that would be a step back or the item is final.

CREATE OR REPLACE FUNCTION fota.move_item(tenant_id int, device_id bigint, action int, item int,
	state text, code int, reason text, at timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_order CONSTANT text[] := '{offered,downloading,downloaded,installing,installed,confirmed}';
BEGIN
	UPDATE fota.action_item i
	SET state = $5, code = coalesce($6, i.code), reason = coalesce($7, i.reason), changed_at = $8,
		closed_at = CASE WHEN $5 IN ('confirmed', 'failed', 'declined', 'cancelled') THEN $8 END,
		installed_at = CASE WHEN $5 IN ('installed', 'confirmed') THEN coalesce(i.installed_at, $8)
			ELSE i.installed_at END,
		polls = 0
	WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3 AND i.item = $4
		AND i.state NOT IN ('confirmed', 'failed', 'declined', 'cancelled')
		AND ($5 IN ('failed', 'declined', 'cancelled')
			OR array_position(v_order, $5) > array_position(v_order, i.state));
	RETURN FOUND;
END
$$;

COMMENT ON FUNCTION fota.move_item(int, bigint, int, int, text, int, text, timestamptz) IS
	'Moves an item forward to a state; false when that would be a step back or it is final.';
