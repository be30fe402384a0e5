-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rule_digest: SHA-256 over all that a rule is made of, but for its state: what somebody
-- approves, and what must not have changed since. The same in every session, whatever its styles and time
-- zone; a row of fota.rollout with the defaults, which a start adds where there is none, counts as none.

CREATE OR REPLACE FUNCTION fota.rule_digest(tenant_id int, rule_id bigint)
RETURNS bytea
LANGUAGE plpgsql STABLE
SET datestyle = 'ISO, YMD'
SET intervalstyle = 'postgres'
SET timezone = 'UTC'
AS $$
#variable_conflict use_column
BEGIN
	RETURN sha256(convert_to(jsonb_build_array(
		(SELECT to_jsonb(r) - 'state' FROM fota.rule r WHERE r.tenant_id = $1 AND r.rule_id = $2),
		(SELECT jsonb_agg(to_jsonb(w) ORDER BY w.wave) FROM fota.wave w
			WHERE w.tenant_id = $1 AND w.rule_id = $2),
		(SELECT to_jsonb(o) FROM fota.rollout o WHERE o.tenant_id = $1 AND o.rule_id = $2
			AND (o.lost_after, o.max_open, o.max_starts_per_hour, o.min_failures, o.min_finished)
				IS DISTINCT FROM (3, NULL::int, NULL::int, 1, 0)),
		(SELECT jsonb_agg(to_jsonb(w) ORDER BY w.days, w.opens, w.closes) FROM fota.rule_window w
			WHERE w.tenant_id = $1 AND w.rule_id = $2),
		(SELECT jsonb_agg(x.device_id ORDER BY x.device_id) FROM fota.rule_device x
			WHERE x.tenant_id = $1 AND x.rule_id = $2),
		(SELECT jsonb_agg(to_jsonb(n) ORDER BY n.model, n.component)
			FROM fota.rule r
			JOIN fota.release_item n ON n.tenant_id = $1 AND n.release = r.release
			WHERE r.tenant_id = $1 AND r.rule_id = $2))::text, 'UTF8'));
END
$$;

COMMENT ON FUNCTION fota.rule_digest(int, bigint) IS 'SHA-256 over all that a rule is made of, but for its state.';
