-- SPDX-License-Identifier: PostgreSQL
--
-- fota.disclaim_contents: a DDI client that said closed/success now says closed/failure:
-- what fota.claim_contents took for true becomes again what was there before.

CREATE OR REPLACE FUNCTION fota.disclaim_contents(tenant_id int, device_id bigint, action int,
	at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	UPDATE fota.device_contents h
	SET version = i.from_version, digest = i.from_digest, reported_at = $4
	FROM fota.action_item i
	WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3 AND i.state = 'installed'
		AND i.verb = 'install' AND h.tenant_id = $1 AND h.device_id = $2
		AND h.component = i.component AND h.digest IS NULL AND h.version = i.version
		AND h.reported_at = i.installed_at;
	IF FOUND THEN
		PERFORM fota.refresh_tag($1, $2);
	END IF;
END
$$;

COMMENT ON FUNCTION fota.disclaim_contents(int, bigint, int, timestamptz) IS
	'Takes back what a DDI success had claimed.';
