-- SPDX-License-Identifier: PostgreSQL
--
-- fota.claim_contents: a DDI client said closed/success: what its items were to bring is
-- now what it has, until it says otherwise. The item waits as `installed` to be confirmed.

CREATE OR REPLACE FUNCTION fota.claim_contents(tenant_id int, device_id bigint, action int,
	at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	INSERT INTO fota.device_contents
		(tenant_id, device_id, component, present, version, digest, slot, reported_at)
	SELECT $1, $2, i.component, true, i.version, NULL, NULL, $4
	FROM fota.action_item i
	WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3 AND i.state = 'installed'
		AND i.verb = 'install' AND i.installed_at = $4
	ORDER BY i.component COLLATE "C"
	ON CONFLICT (tenant_id, device_id, component) DO UPDATE
	SET present = true, version = excluded.version, digest = NULL,
		reported_at = excluded.reported_at;
	PERFORM fota.refresh_tag($1, $2);
END
$$;

COMMENT ON FUNCTION fota.claim_contents(int, bigint, int, timestamptz) IS
	'Takes a DDI success for what the device has, until it says otherwise.';
