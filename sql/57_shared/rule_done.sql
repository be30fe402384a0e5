-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rule_done: is every component that the rule won for this device at its final target?
-- The newest item of each must have brought the version that the release names (a hop is not
-- yet that), and the rule must have nothing left to ask. A rule of mode download_only is done with a component
-- that the device said it has downloaded, whatever it said before.

CREATE OR REPLACE FUNCTION fota.rule_done(tenant_id int, device_id bigint, rule_id bigint, at timestamptz)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_done boolean;
	v_said text[];
BEGIN
	SELECT coalesce(bool_and((i.state = 'confirmed' OR i.said) AND i.version IS NOT DISTINCT FROM (
			SELECT n.version FROM fota.release_item n
			WHERE n.tenant_id = $1 AND n.release = i.release AND n.model IN (i.model, '*')
				AND n.component = i.component
			ORDER BY n.model = '*'
			LIMIT 1)), true), array_agg(i.component) FILTER (WHERE i.said)
	INTO v_done, v_said
	FROM (
		SELECT DISTINCT ON (i.component) i.component, i.state, i.version, d.model, r.release,
			r.mode = 'download_only' AND (i.state = 'downloaded' OR EXISTS (
				SELECT FROM fota.action a
				JOIN fota.report p ON p.tenant_id = $1 AND p.opened_at = a.opened_at AND p.device_id = $2
					AND p.action = a.action AND p.item = i.item AND p.state IN (2, 3, 4)
				WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = i.action)) AS said
		FROM fota.action_item i
		JOIN fota.device d ON d.tenant_id = $1 AND d.device_id = $2
		JOIN fota.rule r ON r.tenant_id = $1 AND r.rule_id = $3
		WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.rule_id = $3
		ORDER BY i.component, i.action DESC
	) i;
	RETURN v_done AND NOT EXISTS (
		SELECT FROM fota.resolve($1, $2, $4) r
		WHERE r.rule_id = $3 AND r.verdict <> 'keep' AND r.component <> ALL (coalesce(v_said, '{}')));
END
$$;

COMMENT ON FUNCTION fota.rule_done(int, bigint, bigint, timestamptz) IS
	'True when every component that the rule won for this device is at its final target.';
