-- SPDX-License-Identifier: PostgreSQL
--
-- fota_report.fleet: what the devices have: per model and component how many devices are at
-- which version, how many of them were in contact within a day, and how many have an open
-- action for the component. A digest that is of one version only beats the version that a
-- device told. It reads the tables as their owner, so it asks itself what the caller may see:
-- the owner everything, others the tenants that fota.may_see allows.

CREATE VIEW fota_report.fleet WITH (security_barrier) AS
WITH seen AS (
	SELECT t.tenant_id FROM fota.tenant t
	WHERE (SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class c
			WHERE c.oid = 'fota.tenant'::pg_catalog.regclass)
		OR fota.may_see(t.tenant_id)
),
told AS (
	SELECT d.tenant_id, d.model, c.component, h.present, h.version, h.digest,
		count(*) AS devices,
		count(*) FILTER (WHERE s.seen_at > now() - interval '1 day') AS seen_lately,
		count(*) FILTER (WHERE EXISTS (
			SELECT FROM fota.action a
			JOIN fota.action_item i ON i.tenant_id = a.tenant_id AND i.device_id = a.device_id
				AND i.action = a.action
			WHERE a.tenant_id = d.tenant_id AND a.device_id = d.device_id
				AND a.state IN ('open', 'superseded') AND i.component = c.component
				AND i.state NOT IN ('confirmed', 'failed', 'declined', 'cancelled'))) AS updating
	FROM seen
	JOIN fota.device d ON d.tenant_id = seen.tenant_id
	JOIN fota.component c ON c.tenant_id = d.tenant_id AND c.model = d.model
	LEFT JOIN fota.device_contents h ON h.tenant_id = d.tenant_id AND h.device_id = d.device_id
		AND h.component = c.component
	LEFT JOIN fota.device_seen s ON s.tenant_id = d.tenant_id AND s.device_id = d.device_id
	GROUP BY d.tenant_id, d.model, c.component, h.present, h.version, h.digest
)
SELECT t.tenant_id, t.model, t.component,
	CASE WHEN t.present THEN CASE known.versions WHEN 0 THEN t.version WHEN 1 THEN known.version END END
		AS version,
	t.present IS FALSE AS absent,
	sum(t.devices)::bigint AS devices, sum(t.seen_lately)::bigint AS seen_lately,
	sum(t.updating)::bigint AS updating
FROM told t
CROSS JOIN LATERAL (
	SELECT count(DISTINCT i.version) AS versions, min(i.version) AS version
	FROM fota.image i
	WHERE t.digest IS NOT NULL AND i.tenant_id = t.tenant_id AND i.model IN (t.model, '*')
		AND i.component = t.component AND i.state IN ('published', 'withdrawn')
		AND fota.digest_identifies(i.tenant_id, i.model, i.component, i.version, i.build,
			i.payload_sha256, t.digest)
) known
GROUP BY 1, 2, 3, 4, 5
ORDER BY t.tenant_id, t.model, t.component, 4, 5;

COMMENT ON VIEW fota_report.fleet IS 'What the devices have: how many are at which version of which component.';
COMMENT ON COLUMN fota_report.fleet.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota_report.fleet.model IS 'Model.';
COMMENT ON COLUMN fota_report.fleet.component IS 'Component of the model.';
COMMENT ON COLUMN fota_report.fleet.version IS 'Version; NULL = unknown, or absent.';
COMMENT ON COLUMN fota_report.fleet.absent IS 'The devices say that they have none.';
COMMENT ON COLUMN fota_report.fleet.devices IS 'So many devices.';
COMMENT ON COLUMN fota_report.fleet.seen_lately IS 'Of them were in contact within a day.';
COMMENT ON COLUMN fota_report.fleet.updating IS 'Of them have an open action for the component.';
