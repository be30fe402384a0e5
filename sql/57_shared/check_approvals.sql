-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_approvals: where the setting `approval` is on, at commit: what this transaction brought in force,
-- or changed while it is in force, in whatever way, has been approved by another as it is now. Rules that only
-- pause or go on need nobody, nor do those that bring devices back to what they had (fota.roll_back_rollout).
-- Called by close_changes, as the owner.

CREATE OR REPLACE FUNCTION fota.check_approvals(change fota.change)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET datestyle = 'ISO, YMD'
SET intervalstyle = 'postgres'
SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
	v_rule fota.rule;
BEGIN
	IF NOT coalesce(fota.get_setting(($1).tenant_id, 'approval')::boolean, false) THEN
		RETURN;
	END IF;
	FOR v_rule IN
		WITH touched AS (
			SELECT v.relation, v.key::jsonb ->> 0 AS name
			FROM fota.row_version v
			WHERE v.tenant_id = ($1).tenant_id AND v.change_no = ($1).change_no
				AND v.relation IN ('rule', 'rule_device', 'rule_window', 'rollout', 'wave', 'release_item')
		)
		SELECT r.*
		FROM fota.rule r
		WHERE r.tenant_id = ($1).tenant_id AND r.state IN ('active', 'paused')
			AND (EXISTS (SELECT FROM touched t WHERE t.relation = 'release_item' AND t.name = r.release)
				OR EXISTS (SELECT FROM touched t WHERE t.relation NOT IN ('release_item', 'rule') AND t.name = r.rule_id::text)
				OR EXISTS (SELECT FROM touched t WHERE t.relation = 'rule' AND t.name = r.rule_id::text)
					-- What it was before: in force, and the same but for its state?
					AND to_jsonb(r) - 'state' IS DISTINCT FROM (
						SELECT CASE WHEN v.document ->> 'state' IN ('active', 'paused')
							THEN to_jsonb(jsonb_populate_record(NULL::fota.rule, v.document)) - 'state' END
						FROM fota.row_version v
						JOIN fota.change c ON c.tenant_id = v.tenant_id AND c.change_no = v.change_no
						WHERE v.tenant_id = r.tenant_id AND v.relation = 'rule' AND v.key = format('[%s]', r.rule_id)
							AND v.change_no <> ($1).change_no
						ORDER BY c.epoch DESC
						LIMIT 1))
			AND NOT (
				EXISTS (SELECT FROM fota.rule_device x WHERE x.tenant_id = r.tenant_id AND x.rule_id = r.rule_id)
				AND NOT EXISTS (
					SELECT FROM fota.rule_device x
					JOIN fota.release_item n ON n.tenant_id = x.tenant_id AND n.release = r.release
					WHERE x.tenant_id = r.tenant_id AND x.rule_id = r.rule_id AND NOT EXISTS (
						SELECT FROM fota.action_item i
						WHERE i.tenant_id = x.tenant_id AND i.device_id = x.device_id AND i.component = n.component
							AND i.from_version = n.version AND i.state IN ('installed', 'confirmed'))))
		ORDER BY r.rule_id
	LOOP
		PERFORM fota.check_approval(v_rule);
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.check_approvals(fota.change) IS 'At commit: rules in force have been approved as they are, where the tenant asks for it.';
