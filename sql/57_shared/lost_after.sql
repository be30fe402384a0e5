-- SPDX-License-Identifier: PostgreSQL
--
-- fota.lost_after: after how many silent poll intervals an action is lost: the fewest of the rollouts of its items;
-- NULL = never.

CREATE OR REPLACE FUNCTION fota.lost_after(action fota.action)
RETURNS int
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (
		SELECT min(o.lost_after)
		FROM fota.action_item i
		JOIN fota.rollout o ON o.tenant_id = ($1).tenant_id AND o.rule_id = i.rule_id
		WHERE i.tenant_id = ($1).tenant_id AND i.device_id = ($1).device_id AND i.action = ($1).action);
END
$$;

COMMENT ON FUNCTION fota.lost_after(fota.action) IS 'Silent poll intervals after which an action is lost; NULL = never.';
