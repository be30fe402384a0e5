-- SPDX-License-Identifier: PostgreSQL
--
-- fota.look_at_rollout: asks the next tick at this time or later to look at the waves of a rule.

CREATE OR REPLACE FUNCTION fota.look_at_rollout(tenant_id int, rule_id bigint, at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
	INSERT INTO fota.rollout_due (tenant_id, rule_id, due_at) VALUES ($1, $2, $3);
END
$$;

COMMENT ON FUNCTION fota.look_at_rollout(int, bigint, timestamptz) IS 'Asks the next tick to look at the waves of a rule.';
