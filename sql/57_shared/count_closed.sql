-- SPDX-License-Identifier: PostgreSQL
--
-- fota.count_closed: what the end of an action means for the rollouts of its items: failed,
-- lost, or succeeded when nothing is left to do. A failure that tips the scales brakes in this
-- transaction.

CREATE OR REPLACE FUNCTION fota.count_closed(tenant_id int, device_id bigint, action int, state text,
	at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_rule bigint;
BEGIN
	FOR v_rule IN SELECT DISTINCT i.rule_id FROM fota.action_item i
		WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3
		ORDER BY i.rule_id
	LOOP
		UPDATE fota.rollout_device x SET succeeded_at = $5
		WHERE x.tenant_id = $1 AND x.rule_id = v_rule AND x.device_id = $2 AND x.succeeded_at IS NULL
			AND $4 NOT IN ('lost', 'expired') AND fota.rule_done($1, $2, v_rule, $5);
		UPDATE fota.rollout_device x
		SET failed_at = CASE WHEN $4 = 'failed' THEN coalesce(x.failed_at, $5) ELSE x.failed_at END,
			lost_at = CASE WHEN $4 = 'lost' THEN coalesce(x.lost_at, $5) ELSE x.lost_at END
		WHERE x.tenant_id = $1 AND x.rule_id = v_rule AND x.device_id = $2
			AND CASE $4 WHEN 'failed' THEN x.failed_at IS NULL WHEN 'lost' THEN x.lost_at IS NULL ELSE false END;
		IF FOUND THEN
			PERFORM fota.brake_rollout($1, v_rule, $5);
		END IF;
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.count_closed(int, bigint, int, text, timestamptz) IS
	'Counts the device of an action that is over for the rollouts of its items; brakes if need be.';
