-- SPDX-License-Identifier: PostgreSQL
--
-- fota.item_fate: what must become of each unfinished item of a device's open action,
-- judged from what the device has and what the rules say now. Writes nothing:
-- check_in asks it to learn whether something must be written, settle_action does it.
--
--   confirm   the contents are at the target, or `installed` stood uncontradicted
--   revert    the device went on with other contents after installing
--   poll      installed and waiting: count this contact
--   changed   the rules no longer ask for this version, build or verb
--   stay      nothing to do
--
-- vouched: the device has just confirmed that the stored contents are what it has
-- (a native check-in sends them, or their tag; a DDI poll does neither).

CREATE OR REPLACE FUNCTION fota.item_fate(tenant_id int, device_id bigint, vouched boolean,
	at timestamptz)
RETURNS TABLE (action int, item int, fate text)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH work AS (
		SELECT i.*, h.present, h.version AS has_version, h.digest AS has_digest,
			coalesce($3 AND h.component IS NOT NULL, false) OR h.reported_at > i.changed_at AS fresh,
			CASE WHEN i.verb = 'remove' THEN h.present IS FALSE
				WHEN NOT h.present THEN false
				WHEN h.digest IS NOT NULL THEN fota.digest_identifies($1, i.image_model,
					i.component, i.version, i.build, i.payload_sha256, h.digest)
				ELSE h.version = i.version END AS reached,
			h.present IS NOT NULL AND NOT (h.present AND h.version IS NULL AND h.digest IS NULL)
				AS known
		FROM fota.action a
		JOIN fota.action_item i ON i.tenant_id = $1 AND i.device_id = $2 AND i.action = a.action
		LEFT JOIN fota.device_contents h ON h.tenant_id = $1 AND h.device_id = $2
			AND h.component = i.component
		WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.state IN ('open', 'superseded')
			AND i.state NOT IN ('confirmed', 'failed', 'declined', 'cancelled')
	)
	SELECT w.action, w.item, CASE
		WHEN w.reached AND (w.fresh OR w.state <> 'installed') THEN 'confirm'
		WHEN w.known AND NOT w.reached AND w.fresh AND w.state IN ('installing', 'installed')
			THEN 'revert'
		WHEN w.state = 'installed' AND (w.polls >= 2 OR w.changed_at <= $4 - interval '1 hour')
			THEN 'confirm'
		WHEN w.state = 'installed' THEN 'poll'
		WHEN r.component IS NULL OR r.verdict IN ('keep', 'blocked') THEN 'changed'
		WHEN w.verb = 'remove' THEN CASE WHEN r.version IS NULL THEN 'stay' ELSE 'changed' END
		WHEN r.version = w.version AND r.build = w.build THEN 'stay'
		ELSE 'changed' END
	FROM work w
	LEFT JOIN fota.resolve($1, $2, $4) r ON r.component = w.component;
END
$$;

COMMENT ON FUNCTION fota.item_fate(int, bigint, boolean, timestamptz) IS
	'What must become of each unfinished item of a device: confirm, revert, poll, changed or stay.';
