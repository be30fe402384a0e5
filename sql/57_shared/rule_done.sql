-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rule_done: is every component that the rule won for this device at its final target?
-- The newest item of each must have brought the version that the release names (a hop is not
-- yet that), and the rule must have nothing left to ask.

CREATE OR REPLACE FUNCTION fota.rule_done(tenant_id int, device_id bigint, rule_id bigint, at timestamptz)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	IF EXISTS (
		SELECT FROM (
			SELECT DISTINCT ON (i.component) i.component, i.state, i.version
			FROM fota.action_item i
			WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.rule_id = $3
			ORDER BY i.component, i.action DESC
		) i
		JOIN fota.device d ON d.tenant_id = $1 AND d.device_id = $2
		JOIN fota.rule r ON r.tenant_id = $1 AND r.rule_id = $3
		WHERE NOT (i.state = 'confirmed' OR i.state = 'downloaded' AND r.mode = 'download_only')
			OR i.version IS DISTINCT FROM (
				SELECT n.version FROM fota.release_item n
				WHERE n.tenant_id = $1 AND n.release = r.release AND n.model IN (d.model, '*')
					AND n.component = i.component
				ORDER BY n.model = '*'
				LIMIT 1)) THEN
		RETURN false;
	END IF;
	RETURN NOT EXISTS (
		SELECT FROM fota.resolve($1, $2, $4) r
		WHERE r.rule_id = $3 AND r.verdict <> 'keep');
END
$$;

COMMENT ON FUNCTION fota.rule_done(int, bigint, bigint, timestamptz) IS
	'True when every component that the rule won for this device is at its final target.';
