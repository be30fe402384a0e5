-- SPDX-License-Identifier: PostgreSQL
--
-- fota_report.ahead: devices that have something newer than the rules say, and keep it, since the rule that
-- won does not allow a downgrade. It asks
-- fota.resolve_many, as its reader, for every device of the tenants that the reader may see.

CREATE VIEW fota_report.ahead WITH (security_barrier) AS
SELECT t.tenant_id, d.name AS device, d.model, r.component, r.rule, r.release, r.reported_version AS has,
	r.target_version AS target, r.reason, r.detail
FROM fota.tenant t
CROSS JOIN LATERAL fota.resolve_many(t.tenant_id, NULL, now()) r
JOIN fota.device d ON d.tenant_id = t.tenant_id AND d.device_id = r.device_id
WHERE r.verdict = 'keep' AND r.reason = 'ahead' AND (fota.may_see(t.tenant_id)
	OR (SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class c
		WHERE c.oid = 'fota.tenant'::pg_catalog.regclass))
ORDER BY t.tenant_id, d.name, r.component;

COMMENT ON VIEW fota_report.ahead IS 'Devices that have something newer than the rules say.';
COMMENT ON COLUMN fota_report.ahead.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota_report.ahead.device IS 'Device.';
COMMENT ON COLUMN fota_report.ahead.model IS 'Its model.';
COMMENT ON COLUMN fota_report.ahead.component IS 'Component.';
COMMENT ON COLUMN fota_report.ahead.rule IS 'Rule that won it.';
COMMENT ON COLUMN fota_report.ahead.release IS 'Release of that rule.';
COMMENT ON COLUMN fota_report.ahead.has IS 'What the device has.';
COMMENT ON COLUMN fota_report.ahead.target IS 'What the release names.';
COMMENT ON COLUMN fota_report.ahead.reason IS 'Stable code of the reason.';
COMMENT ON COLUMN fota_report.ahead.detail IS 'The reason, as a sentence.';
