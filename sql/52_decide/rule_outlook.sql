-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rule_outlook: the rows of fota.devices_of: the devices in the scope of a rule that pass its versions and
-- filter, with the wave that exposes them, what the rule decides for them and what it has brought about.

CREATE OR REPLACE FUNCTION fota.rule_outlook(tenant_id int, rule text, at timestamptz)
RETURNS TABLE (device text, model text, wave int, component text, verdict text, reason text, has text, version text,
	started_at timestamptz, succeeded_at timestamptz, failed_at timestamptz, lost_at timestamptz)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := $1;
	v_rule fota.rule;
	v_ids bigint[];
BEGIN
	SELECT r.* INTO v_rule FROM fota.rule r WHERE r.tenant_id = v_tenant AND r.name = $2 COLLATE "C";
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no rule "%"', coalesce($2, 'NULL')
			USING ERRCODE = 'P0002', DETAIL = format('Tenant %s has no rule of that name.', v_tenant),
				HINT = 'fota.rule lists the rules.';
	END IF;
	v_ids := ARRAY(SELECT d.device_id FROM fota.rule_devices(v_rule) d);
	RETURN QUERY
	WITH decided AS MATERIALIZED (
		SELECT r.* FROM fota.resolve_many(v_tenant, v_ids, $3) r WHERE r.rule_id = v_rule.rule_id
	)
	SELECT d.name, d.model, fota.wave_of(v_tenant, v_rule.rule_id, d.device_id), r.component, r.verdict, r.reason,
		r.reported_version, r.version, x.started_at, x.succeeded_at, x.failed_at, x.lost_at
	FROM unnest(v_ids) i (id)
	JOIN fota.device d ON d.tenant_id = v_tenant AND d.device_id = i.id
	LEFT JOIN decided r ON r.device_id = i.id
	LEFT JOIN fota.rollout_device x ON x.tenant_id = v_tenant AND x.rule_id = v_rule.rule_id AND x.device_id = i.id
	ORDER BY d.name, r.component;
END
$$;

COMMENT ON FUNCTION fota.rule_outlook(int, text, timestamptz) IS 'The rows of fota.devices_of.';
