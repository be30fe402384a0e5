-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ddi_open: how an action looks to a DDI client: `deploy` (there is something to do),
-- `cancel` (superseded, and the client has not refused), `done` (closed, or the client said
-- closed/success and we wait for it to stay), `hidden` (withheld: an artifact still lacks its
-- sha1 or md5), NULL = unknown.

CREATE OR REPLACE FUNCTION fota.ddi_open(tenant_id int, device_id bigint, action int)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (
		SELECT CASE WHEN a.state NOT IN ('open', 'superseded') THEN 'done'
			WHEN bool_and(i.state IN ('installed', 'confirmed', 'failed', 'declined', 'cancelled'))
				THEN 'done'
			WHEN a.state = 'superseded' AND NOT a.cancel_refused THEN 'cancel'
			WHEN bool_or(i.verb = 'install' AND (b.sha1 IS NULL OR b.md5 IS NULL)) THEN 'hidden'
			ELSE 'deploy' END
		FROM fota.action a
		JOIN fota.action_item i ON i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3
		LEFT JOIN fota.blob b ON b.tenant_id = $1 AND b.sha256 = i.transfer_sha256
		WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3
		GROUP BY a.state, a.cancel_refused);
END
$$;

COMMENT ON FUNCTION fota.ddi_open(int, bigint, int) IS
	'How an action looks to a DDI client: deploy, cancel, done or hidden; NULL = unknown.';
