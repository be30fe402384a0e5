-- SPDX-License-Identifier: PostgreSQL
--
-- fota.take_budgets: which of these rules may have one more open action now, by max_open and
-- max_starts_per_hour of their rollouts. What is counted is locked until the caller commits, in
-- order of the rules, so that clients at work at the same time never take more than there is.

CREATE OR REPLACE FUNCTION fota.take_budgets(tenant_id int, device_id bigint, rules bigint[], at timestamptz)
RETURNS bigint[]
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_rollout fota.rollout;
	v_allowed bigint[] := $3;
	v_count bigint;
BEGIN
	FOR v_rollout IN SELECT o.* FROM fota.rollout o
		WHERE o.tenant_id = $1 AND o.rule_id = ANY ($3)
			AND (o.max_open IS NOT NULL OR o.max_starts_per_hour IS NOT NULL)
		ORDER BY o.rule_id
	LOOP
		PERFORM pg_advisory_xact_lock(hashtextextended(format('fota.budget %s %s', $1, v_rollout.rule_id), 0));
		SELECT count(*) INTO v_count
		FROM (
			SELECT DISTINCT i.device_id
			FROM fota.action_item i
			JOIN fota.action a ON a.tenant_id = $1 AND a.device_id = i.device_id AND a.action = i.action
				AND a.state IN ('open', 'superseded')
			WHERE i.tenant_id = $1 AND i.rule_id = v_rollout.rule_id
				AND i.state NOT IN ('confirmed', 'failed', 'declined', 'cancelled')
			LIMIT v_rollout.max_open
		) busy;
		IF v_count >= v_rollout.max_open THEN
			v_allowed := array_remove(v_allowed, v_rollout.rule_id);
			CONTINUE;
		END IF;
		CONTINUE WHEN v_rollout.max_starts_per_hour IS NULL OR EXISTS (
			SELECT FROM fota.rollout_device x
			WHERE x.tenant_id = $1 AND x.rule_id = v_rollout.rule_id AND x.device_id = $2);
		SELECT count(*) INTO v_count
		FROM (
			SELECT FROM fota.rollout_device x
			WHERE x.tenant_id = $1 AND x.rule_id = v_rollout.rule_id AND x.started_at > $4 - interval '1 hour'
			LIMIT v_rollout.max_starts_per_hour
		) started;
		IF v_count >= v_rollout.max_starts_per_hour THEN
			v_allowed := array_remove(v_allowed, v_rollout.rule_id);
		END IF;
	END LOOP;
	RETURN v_allowed;
END
$$;

COMMENT ON FUNCTION fota.take_budgets(int, bigint, bigint[], timestamptz) IS
	'Which of these rules may have one more open action now; their counts stay locked.';
