-- SPDX-License-Identifier: PostgreSQL
--
-- fota_past.epoch: the epoch that is asked for, for callers that see the tenant.

CREATE OR REPLACE FUNCTION fota_past.epoch()
RETURNS SETOF fota.epoch
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT e.tenant_id, fota_past.as_of_epoch() FROM fota.epoch e
	WHERE e.tenant_id = (SELECT fota_past.as_of_tenant());
END;

COMMENT ON FUNCTION fota_past.epoch() IS 'The epoch that is asked for.';
