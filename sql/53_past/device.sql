-- SPDX-License-Identifier: PostgreSQL
--
-- fota_past.device: devices as of the instant that is asked for, those that were deleted since
-- included; as they are now when no instant is.

CREATE OR REPLACE FUNCTION fota_past.device()
RETURNS SETOF fota.device
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT d.* FROM fota.device d
	WHERE (SELECT fota_past.as_of_instant()) IS NULL AND d.tenant_id = (SELECT fota_past.as_of_tenant())
	UNION ALL
	SELECT h.tenant_id, h.device_id, h.document ->> 'model', h.document ->> 'serial', h.document ->> 'serial_key',
		h.document ->> 'name', (h.document ->> 'year')::int, h.document ->> 'batch',
		ARRAY(SELECT e.x FROM jsonb_array_elements_text(h.document -> 'tags') WITH ORDINALITY e (x, n) ORDER BY e.n),
		h.document -> 'attributes', h.document ->> 'time_zone', (h.document ->> 'parent_id')::bigint,
		h.document ->> 'exclusion_group', (h.document ->> 'postponed_until')::timestamptz
	FROM (
		SELECT DISTINCT ON (h.tenant_id, h.device_id) h.tenant_id, h.device_id, h.document
		FROM fota.device_history h
		WHERE h.relation = 'device' AND h.tenant_id = (SELECT fota_past.as_of_tenant())
			AND h.at <= (SELECT fota_past.as_of_instant())
		ORDER BY h.tenant_id, h.device_id, h.at DESC, h.history_no DESC
	) h
	WHERE h.document IS NOT NULL;
END;

COMMENT ON FUNCTION fota_past.device() IS 'Devices as of the instant that is asked for.';
