-- SPDX-License-Identifier: PostgreSQL
--
-- fota_past.rollout_device: which devices a rule had reached by the instant that is asked for, and what had
-- come of it, by its times.

CREATE OR REPLACE FUNCTION fota_past.rollout_device()
RETURNS SETOF fota.rollout_device
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT x.tenant_id, x.rule_id, x.device_id, x.wave, x.model, x.year, x.started_at,
		CASE WHEN x.succeeded_at > (SELECT fota_past.as_of_instant()) THEN NULL ELSE x.succeeded_at END,
		CASE WHEN x.failed_at > (SELECT fota_past.as_of_instant()) THEN NULL ELSE x.failed_at END,
		CASE WHEN x.lost_at > (SELECT fota_past.as_of_instant()) THEN NULL ELSE x.lost_at END,
		CASE WHEN x.postponed_at > (SELECT fota_past.as_of_instant()) THEN NULL ELSE x.postponed_at END
	FROM fota.rollout_device x
	WHERE x.tenant_id = (SELECT fota_past.as_of_tenant())
		AND ((SELECT fota_past.as_of_instant()) IS NULL OR x.started_at <= (SELECT fota_past.as_of_instant()));
END;

COMMENT ON FUNCTION fota_past.rollout_device() IS 'Which devices a rule had reached by the instant that is asked for.';
