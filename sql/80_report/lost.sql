-- SPDX-License-Identifier: PostgreSQL
--
-- fota_report.lost: devices that fetched bytes and fell silent, and have not come to their
-- target since: the first to look after.

CREATE VIEW fota_report.lost WITH (security_barrier) AS
SELECT x.tenant_id, d.name AS device, d.model, d.serial, r.name AS rule, x.wave, x.started_at, x.lost_at,
	s.seen_at, s.seen_at > x.lost_at AS returned
FROM fota.rollout_device x
JOIN fota.device d ON d.tenant_id = x.tenant_id AND d.device_id = x.device_id
JOIN fota.rule r ON r.tenant_id = x.tenant_id AND r.rule_id = x.rule_id
LEFT JOIN fota.device_seen s ON s.tenant_id = x.tenant_id AND s.device_id = x.device_id
WHERE x.lost_at IS NOT NULL AND x.succeeded_at IS NULL AND (fota.may_see(x.tenant_id)
	OR (SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class c
		WHERE c.oid = 'fota.rollout_device'::pg_catalog.regclass))
ORDER BY x.tenant_id, x.lost_at DESC, d.name;

COMMENT ON VIEW fota_report.lost IS 'Devices that fetched bytes and fell silent.';
COMMENT ON COLUMN fota_report.lost.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota_report.lost.device IS 'Device.';
COMMENT ON COLUMN fota_report.lost.model IS 'Its model.';
COMMENT ON COLUMN fota_report.lost.serial IS 'Its serial.';
COMMENT ON COLUMN fota_report.lost.rule IS 'Rule that it was following.';
COMMENT ON COLUMN fota_report.lost.wave IS 'Wave that it is in.';
COMMENT ON COLUMN fota_report.lost.started_at IS 'When it started.';
COMMENT ON COLUMN fota_report.lost.lost_at IS 'When it was given up.';
COMMENT ON COLUMN fota_report.lost.seen_at IS 'Its last contact, as the front-ends keep it.';
COMMENT ON COLUMN fota_report.lost.returned IS 'It was in contact again since.';
