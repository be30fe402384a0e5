-- SPDX-License-Identifier: PostgreSQL
--
-- fota.count_closed: what the end of an action means for the rollouts of its items: failed,
-- lost, or succeeded when nothing is left to do. A failure that tips the scales brakes in this
-- transaction. A device that said that an item failed counts as failed although another word ended the
-- item before: counts are never taken back, so they must not depend on which word came first.

CREATE OR REPLACE FUNCTION fota.count_closed(tenant_id int, device_id bigint, action int, state text,
	at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_rule bigint;
	v_failed timestamptz := CASE WHEN $4 = 'failed' THEN $5
		WHEN $4 IN ('finished', 'declined', 'cancelled') THEN fota.failure_said($1, $2, $3, $5) END;
	v_lost timestamptz := CASE WHEN $4 = 'lost' THEN $5 END;
BEGIN
	FOR v_rule IN SELECT DISTINCT i.rule_id FROM fota.action_item i
		WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3
		ORDER BY i.rule_id
	LOOP
		UPDATE fota.rollout_device x SET succeeded_at = $5
		WHERE x.tenant_id = $1 AND x.rule_id = v_rule AND x.device_id = $2 AND $4 NOT IN ('lost', 'expired')
			AND CASE WHEN x.succeeded_at IS NULL THEN fota.rule_done($1, $2, v_rule, $5)
				ELSE x.succeeded_at > $5 AND NOT EXISTS (SELECT FROM fota.action_item i
					WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action > $3 AND i.rule_id = v_rule) END;
		UPDATE fota.rollout_device x
		SET failed_at = least(x.failed_at, v_failed), lost_at = least(x.lost_at, v_lost)
		WHERE x.tenant_id = $1 AND x.rule_id = v_rule AND x.device_id = $2
			AND (x.failed_at, x.lost_at) IS DISTINCT FROM (least(x.failed_at, v_failed), least(x.lost_at, v_lost));
		IF FOUND THEN
			PERFORM fota.brake_rollout($1, v_rule, coalesce(v_failed, v_lost));
		END IF;
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.count_closed(int, bigint, int, text, timestamptz) IS
	'Counts the device of an action that is over for the rollouts of its items; brakes if need be.';
