-- SPDX-License-Identifier: PostgreSQL
--
-- fota_past.device_contents: what devices said that they have, as of the instant that is asked for;
-- as it is now when no instant is. reported_at is then when it was first reported.

CREATE OR REPLACE FUNCTION fota_past.device_contents()
RETURNS SETOF fota.device_contents
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT c.* FROM fota.device_contents c
	WHERE (SELECT fota_past.as_of_instant()) IS NULL AND c.tenant_id = (SELECT fota_past.as_of_tenant())
	UNION ALL
	SELECT h.tenant_id, h.device_id, h.component, (h.document ->> 'present')::boolean, h.document ->> 'version',
		(h.document ->> 'digest')::bytea, (h.document ->> 'slot')::int, h.at
	FROM (
		SELECT DISTINCT ON (h.tenant_id, h.device_id, h.component) h.tenant_id, h.device_id, h.component, h.document, h.at
		FROM fota.device_history h
		WHERE h.relation = 'device_contents' AND h.tenant_id = (SELECT fota_past.as_of_tenant())
			AND h.at <= (SELECT fota_past.as_of_instant())
		ORDER BY h.tenant_id, h.device_id, h.component, h.at DESC, h.history_no DESC
	) h
	WHERE h.document IS NOT NULL;
END;

COMMENT ON FUNCTION fota_past.device_contents() IS 'What devices said that they have, as of the instant that is asked for.';
