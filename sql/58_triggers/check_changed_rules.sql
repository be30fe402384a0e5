-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_changed_rules: at commit, all rules that a transaction added or changed, or whose
-- releases it changed, are checked at once: the release of each must have an item that fits a
-- model it covers, and no two that are active or paused may tie. Comes before close_changes,
-- by name, and runs as the owner like that.

CREATE OR REPLACE FUNCTION fota.check_changed_rules()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	v_rule fota.rule;
BEGIN
	IF NOT EXISTS (
		SELECT FROM fota.row_version v
		WHERE v.tenant_id = NEW.tenant_id AND v.change_no = NEW.change_no AND v.relation IN ('rule', 'release_item')) THEN
		RETURN NULL;
	END IF;
	FOR v_rule IN
		WITH touched AS MATERIALIZED (
			SELECT r.rule_id, r.release, r.model
			FROM fota.row_version v
			JOIN fota.rule r ON r.tenant_id = NEW.tenant_id AND r.rule_id = (v.key::jsonb ->> 0)::bigint
			WHERE v.tenant_id = NEW.tenant_id AND v.change_no = NEW.change_no AND v.relation = 'rule'
				AND r.state <> 'stopped'
			UNION
			SELECT r.rule_id, r.release, r.model
			FROM fota.row_version v
			JOIN fota.rule r ON r.tenant_id = NEW.tenant_id AND r.release = v.key::jsonb ->> 0
			WHERE v.tenant_id = NEW.tenant_id AND v.change_no = NEW.change_no AND v.relation = 'release_item'
				AND r.state <> 'stopped'
		),
		fits AS MATERIALIZED (
			SELECT DISTINCT n.release, c.model
			FROM fota.release_item n
			JOIN fota.component c ON c.tenant_id = n.tenant_id AND c.component = n.component
				AND c.model <> '*' AND n.model IN (c.model, '*')
			WHERE n.tenant_id = NEW.tenant_id
				AND n.release IN (SELECT t.release FROM touched t)
		)
		SELECT r.*
		FROM (
			SELECT t.rule_id FROM touched t
			WHERE (t.release, t.model) NOT IN (SELECT f.release, f.model FROM fits f)
				AND (t.model IS NOT NULL OR t.release NOT IN (SELECT f.release FROM fits f))
			ORDER BY t.rule_id
			LIMIT 1
		) bad
		JOIN fota.rule r ON r.tenant_id = NEW.tenant_id AND r.rule_id = bad.rule_id
	LOOP
		PERFORM fota.check_rule_items(v_rule);
	END LOOP;

	FOR v_rule IN
		SELECT r.*
		FROM fota.row_version v
		JOIN fota.rule r ON r.tenant_id = NEW.tenant_id AND r.rule_id = (v.key::jsonb ->> 0)::bigint
			AND r.state IN ('active', 'paused')
		JOIN fota.rule o ON o.tenant_id = NEW.tenant_id AND o.state IN ('active', 'paused') AND o.rule_id <> r.rule_id
			AND o.priority = r.priority AND coalesce(o.model, '') = coalesce(r.model, '')
			AND ROW(o.years, o.batch, o.serial_from, o.serial_to, o.versions, o.filter)::text
				= ROW(r.years, r.batch, r.serial_from, r.serial_to, r.versions, r.filter)::text
		WHERE v.tenant_id = NEW.tenant_id AND v.change_no = NEW.change_no AND v.relation = 'rule'
	LOOP
		PERFORM fota.check_rule_tie(v_rule);
	END LOOP;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.check_changed_rules() IS
	'Deferred trigger: rules that a transaction changed fit a model, and do not tie.';

CREATE CONSTRAINT TRIGGER check_changed_rules AFTER INSERT ON fota.change
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fota.check_changed_rules();
COMMENT ON TRIGGER check_changed_rules ON fota.change IS 'Rules fit a model, and do not tie, at commit.';
