-- SPDX-License-Identifier: PostgreSQL
--
-- fota.lock_rollout: takes the lock under which the waves of a rule are counted, opened and
-- braked. Operators wait for it; reports and ticks do not.

CREATE OR REPLACE FUNCTION fota.lock_rollout(tenant_id int, rule_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	PERFORM FROM fota.rollout_state s
	WHERE s.tenant_id = $1 AND s.rule_id = $2 AND s.wave = 0
	FOR NO KEY UPDATE;
END
$$;

COMMENT ON FUNCTION fota.lock_rollout(int, bigint) IS 'Waits for the lock under which the waves of a rule are counted.';
