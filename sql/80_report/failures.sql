-- SPDX-License-Identifier: PostgreSQL
--
-- fota_report.failures: what failed: a row per item that ended failed and was not taken back by
-- fota.clear_failures, newest first.

CREATE VIEW fota_report.failures WITH (security_barrier) AS
SELECT i.tenant_id, i.closed_at AS at, d.name AS device, d.model, r.name AS rule, i.component, i.from_version,
	i.version, i.code, i.reason, (
		SELECT p.text FROM fota.report p
		WHERE p.tenant_id = i.tenant_id AND p.opened_at = a.opened_at AND p.device_id = i.device_id
			AND p.action = i.action AND p.item = i.item AND p.state = 5 AND p.text IS NOT NULL
		ORDER BY p.at DESC
		LIMIT 1) AS text
FROM fota.action_item i
JOIN fota.action a ON a.tenant_id = i.tenant_id AND a.device_id = i.device_id AND a.action = i.action
JOIN fota.device d ON d.tenant_id = i.tenant_id AND d.device_id = i.device_id
LEFT JOIN fota.rule r ON r.tenant_id = i.tenant_id AND r.rule_id = i.rule_id
WHERE i.state = 'failed' AND NOT i.forgiven AND (fota.may_see(i.tenant_id)
	OR (SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class c
		WHERE c.oid = 'fota.action_item'::pg_catalog.regclass))
ORDER BY i.closed_at DESC, d.name, i.component;

COMMENT ON VIEW fota_report.failures IS 'What failed, newest first.';
COMMENT ON COLUMN fota_report.failures.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota_report.failures.at IS 'When it ended.';
COMMENT ON COLUMN fota_report.failures.device IS 'Device.';
COMMENT ON COLUMN fota_report.failures.model IS 'Its model.';
COMMENT ON COLUMN fota_report.failures.rule IS 'Rule that asked for it.';
COMMENT ON COLUMN fota_report.failures.component IS 'Component.';
COMMENT ON COLUMN fota_report.failures.from_version IS 'What the device had.';
COMMENT ON COLUMN fota_report.failures.version IS 'What it should have got.';
COMMENT ON COLUMN fota_report.failures.code IS 'Code that it gave.';
COMMENT ON COLUMN fota_report.failures.reason IS 'Why it counts as failed, where the device did not say so.';
COMMENT ON COLUMN fota_report.failures.text IS 'What it said.';
