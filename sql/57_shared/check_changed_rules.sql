-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_changed_rules: at commit, all rules that a transaction added or changed, or whose
-- releases or devices it changed, are checked at once: the release of each must have an item that
-- fits a model it covers, one at least of the devices that it is narrowed to must be in its scope,
-- and no two that are active or paused may tie. Called by close_changes, as the owner. The epochs are
-- locked first, in the order that close_changes takes, so that two transactions whose rules tie with
-- each other cannot both pass: the second sees the first's.

CREATE OR REPLACE FUNCTION fota.check_changed_rules(change fota.change)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET jit = off
AS $$
DECLARE
	v_rules bigint[];
	v_live bigint[];
	v_listing bigint[];
	v_releases text[];
	v_rule fota.rule;
BEGIN
	-- The documents say what the rules are now; the rules themselves are not read again.
	SELECT array_agg(v.rule_id) FILTER (WHERE v.relation = 'rule'),
		array_agg(v.rule_id) FILTER (WHERE v.relation = 'rule' AND v.document ->> 'state' IN ('active', 'paused')),
		array_agg(DISTINCT v.rule_id) FILTER (WHERE v.relation = 'rule_device'),
		array_agg(DISTINCT v.key::jsonb ->> 0) FILTER (WHERE v.relation = 'release_item')
	INTO v_rules, v_live, v_listing, v_releases
	FROM fota.row_version v
	WHERE v.tenant_id = ($1).tenant_id AND v.change_no = ($1).change_no;
	IF num_nonnulls(v_rules, v_listing, v_releases) = 0 THEN
		RETURN;
	END IF;
	PERFORM FROM fota.epoch e
	WHERE e.tenant_id IN (SELECT c.tenant_id FROM fota.change c WHERE c.epoch IS NULL)
	ORDER BY e.tenant_id
	FOR NO KEY UPDATE;

	FOR v_rule IN
		WITH touched AS (
			SELECT (v.document ->> 'release') COLLATE "C" AS release, v.model, min(v.rule_id) AS rule_id
			FROM fota.row_version v
			WHERE v_rules IS NOT NULL AND v.tenant_id = ($1).tenant_id AND v.change_no = ($1).change_no
				AND CASE v.relation WHEN 'rule' THEN v.document ->> 'state' <> 'stopped' END
			GROUP BY 1, 2
			UNION ALL
			SELECT r.release, r.model, min(r.rule_id)
			FROM unnest(v_releases) u (release)
			JOIN fota.rule r ON r.tenant_id = ($1).tenant_id AND r.release = u.release AND r.state <> 'stopped'
			GROUP BY 1, 2
		)
		SELECT r.*
		FROM touched t
		JOIN fota.rule r ON r.tenant_id = ($1).tenant_id AND r.rule_id = t.rule_id
		WHERE NOT EXISTS (
			SELECT FROM fota.release_item n
			JOIN fota.component c ON c.tenant_id = n.tenant_id AND c.component = n.component
				AND c.model <> '*' AND n.model IN (c.model, '*')
			WHERE n.tenant_id = ($1).tenant_id AND n.release = t.release AND (c.model = t.model OR t.model IS NULL))
		ORDER BY t.rule_id
		LIMIT 1
	LOOP
		PERFORM fota.check_rule_items(v_rule);
	END LOOP;

	SELECT r.* INTO v_rule
	FROM (SELECT DISTINCT x.rule_id FROM fota.rule_device x
		WHERE x.tenant_id = ($1).tenant_id AND x.rule_id = ANY (v_rules || v_listing)) x
	JOIN fota.rule r ON r.tenant_id = ($1).tenant_id AND r.rule_id = x.rule_id
	WHERE r.state <> 'stopped'
		AND NOT EXISTS (
			SELECT FROM fota.rule_device x
			JOIN fota.device d ON d.tenant_id = x.tenant_id AND d.device_id = x.device_id
			WHERE x.tenant_id = r.tenant_id AND x.rule_id = r.rule_id AND fota.rule_covers(r, d))
	ORDER BY r.rule_id
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'rule "%": none of the devices in rule_device is in its scope', v_rule.name
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = 'rule_device', COLUMN = 'device_id', CONSTRAINT = 'rule_device_scope',
				DETAIL = (SELECT format('The rule covers %s. Device "%s" is of model "%s", year %s, batch %s, serial "%s".',
						concat_ws(', ', coalesce('model "' || v_rule.model || '"', 'any model'), 'years ' || v_rule.years,
							'batch "' || v_rule.batch || '"', 'serials from ' || v_rule.serial_from, 'serials to ' || v_rule.serial_to),
						d.name, d.model, coalesce(d.year::text, 'NULL'), coalesce('"' || d.batch || '"', 'NULL'), d.serial)
					FROM fota.rule_device x
					JOIN fota.device d ON d.tenant_id = x.tenant_id AND d.device_id = x.device_id
					WHERE x.tenant_id = v_rule.tenant_id AND x.rule_id = v_rule.rule_id
					ORDER BY x.device_id LIMIT 1),
				HINT = 'Rows of rule_device only narrow a rule: set the other columns of its scope to NULL, or list other devices.';
	END IF;

	FOR v_rule IN
		SELECT r.*
		FROM unnest(v_live) u (rule_id)
		JOIN fota.rule r ON r.tenant_id = ($1).tenant_id AND r.rule_id = u.rule_id AND r.state IN ('active', 'paused')
		JOIN fota.rule o ON o.tenant_id = ($1).tenant_id AND o.state IN ('active', 'paused') AND o.rule_id <> r.rule_id
			AND o.priority = r.priority AND coalesce(o.model, '') = coalesce(r.model, '')
			AND ROW(o.years, o.batch, o.serial_from, o.serial_to, o.versions, o.filter)::text
				= ROW(r.years, r.batch, r.serial_from, r.serial_to, r.versions, r.filter)::text
	LOOP
		PERFORM fota.check_rule_tie(v_rule);
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.check_changed_rules(fota.change) IS
	'At commit: rules that a transaction changed fit a model, cover a device that they name, and do not tie.';
