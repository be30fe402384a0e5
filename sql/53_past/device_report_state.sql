-- SPDX-License-Identifier: PostgreSQL
--
-- fota_past.device_report_state: capabilities and hardware of devices as of the instant that is asked
-- for; as they are now when no instant is. The other columns, which no decision reads, are then empty.

CREATE OR REPLACE FUNCTION fota_past.device_report_state()
RETURNS SETOF fota.device_report_state
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT s.* FROM fota.device_report_state s
	WHERE (SELECT fota_past.as_of_instant()) IS NULL AND s.tenant_id = (SELECT fota_past.as_of_tenant())
	UNION ALL
	SELECT h.tenant_id, h.device_id, NULL::bytea, nullif(h.document -> 'accept', 'null'),
		(h.document #>> '{accept,ram}')::bigint, (h.document #>> '{accept,flags}')::bigint,
		(h.document #>> '{accept,block}')::bigint, (h.document #>> '{accept,space}')::bigint, NULL::jsonb,
		h.document ->> 'hw', NULL::text, h.at, NULL::timestamptz, 0
	FROM (
		SELECT DISTINCT ON (h.tenant_id, h.device_id) h.tenant_id, h.device_id, h.document, h.at
		FROM fota.device_history h
		WHERE h.relation = 'device_report_state' AND h.tenant_id = (SELECT fota_past.as_of_tenant())
			AND h.at <= (SELECT fota_past.as_of_instant())
		ORDER BY h.tenant_id, h.device_id, h.at DESC, h.history_no DESC
	) h
	WHERE h.document IS NOT NULL;
END;

COMMENT ON FUNCTION fota_past.device_report_state() IS 'Capabilities and hardware of devices, as of the instant that is asked for.';
