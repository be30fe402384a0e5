-- SPDX-License-Identifier: PostgreSQL
--
-- fota_report.rollout: how far the rules have come: a row per rule and wave, and one with
-- wave 0 for a rule without waves. A device counts once in each of started, succeeded, failed and
-- lost. It reads the tables as their owner, so it asks itself what the caller may see.

CREATE VIEW fota_report.rollout WITH (security_barrier) AS
SELECT r.tenant_id, r.name AS rule, r.state, r.release, coalesce(w.wave, 0) AS wave,
	coalesce(w.percent, s.percent) AS percent, s.opened_at, s.population, c.started, c.succeeded, c.failed,
	c.lost, c.started - c.ended AS under_way, s.braked_at, s.finished_at
FROM fota.rule r
LEFT JOIN fota.wave w ON w.tenant_id = r.tenant_id AND w.rule_id = r.rule_id
LEFT JOIN fota.rollout_state s ON s.tenant_id = r.tenant_id AND s.rule_id = r.rule_id
	AND s.wave = coalesce(w.wave, 0)
CROSS JOIN LATERAL (
	SELECT count(*) AS started, count(x.succeeded_at) AS succeeded, count(x.failed_at) AS failed,
		count(x.lost_at) AS lost,
		count(*) FILTER (WHERE num_nonnulls(x.succeeded_at, x.failed_at, x.lost_at) > 0) AS ended
	FROM fota.rollout_device x
	WHERE x.tenant_id = r.tenant_id AND x.rule_id = r.rule_id AND x.wave = coalesce(w.wave, 0)
) c
WHERE r.state <> 'draft' AND (fota.may_see(r.tenant_id)
	OR (SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class c
		WHERE c.oid = 'fota.rule'::pg_catalog.regclass))
ORDER BY r.tenant_id, r.rule_id, 5;

COMMENT ON VIEW fota_report.rollout IS 'How far the rules have come, wave by wave.';
COMMENT ON COLUMN fota_report.rollout.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota_report.rollout.rule IS 'Rule.';
COMMENT ON COLUMN fota_report.rollout.state IS 'Its state.';
COMMENT ON COLUMN fota_report.rollout.release IS 'Its release.';
COMMENT ON COLUMN fota_report.rollout.wave IS 'Wave; 0 for a rule without waves.';
COMMENT ON COLUMN fota_report.rollout.percent IS 'Share of the devices that it exposes; NULL = those of a filter.';
COMMENT ON COLUMN fota_report.rollout.opened_at IS 'When it opened; NULL = not yet.';
COMMENT ON COLUMN fota_report.rollout.population IS 'Devices in it and in no earlier one when it opened.';
COMMENT ON COLUMN fota_report.rollout.started IS 'Devices that got an action.';
COMMENT ON COLUMN fota_report.rollout.succeeded IS 'Devices that came to their target.';
COMMENT ON COLUMN fota_report.rollout.failed IS 'Devices of which an action failed.';
COMMENT ON COLUMN fota_report.rollout.lost IS 'Devices that fetched bytes and fell silent.';
COMMENT ON COLUMN fota_report.rollout.under_way IS 'Devices that started and came to no end yet.';
COMMENT ON COLUMN fota_report.rollout.braked_at IS 'When it braked, unless resumed since.';
COMMENT ON COLUMN fota_report.rollout.finished_at IS 'When it had come to its end.';
