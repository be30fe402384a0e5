-- SPDX-License-Identifier: PostgreSQL
--
-- fota.changed_devices: the devices whose decisions the changes of this transaction can alter; others need
-- not be asked. Rules alter those in their scopes, before and after, while they are in force; models,
-- components, images and release items those of their models; the rest, and what is of model '*', all.
-- NULL = all, also where that is cheaper than a list.

CREATE OR REPLACE FUNCTION fota.changed_devices(tenant_id int)
RETURNS bigint[]
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_former text := fota_past.as_of($1, (SELECT e.epoch FROM fota.epoch e WHERE e.tenant_id = $1), NULL);
	v_all boolean;
	v_models text[];
	v_releases text[];
	v_rules bigint[];
	v_items bigint[];
	v_ids bigint[];
BEGIN
	SELECT coalesce(bool_or(v.relation IN ('tenant', 'setting', 'delta') OR v.model = '*' AND v.relation <> 'release_item'), false),
		coalesce(array_agg(DISTINCT v.model) FILTER (WHERE v.relation <> 'rule'), '{}'),
		coalesce(array_agg(DISTINCT v.name) FILTER (WHERE v.relation = 'release_item' AND v.model = '*'), '{}'),
		coalesce(array_agg(DISTINCT v.id) FILTER (WHERE v.relation IN ('rule', 'rule_device', 'rule_window', 'rollout_state',
			'rollout_stratum')), '{}'),
		coalesce(array_agg(DISTINCT v.id) FILTER (WHERE v.relation = 'action_item'), '{}')
	INTO v_all, v_models, v_releases, v_rules, v_items
	FROM (
		-- The key tells what a deleted row was of.
		SELECT v.relation, v.key::jsonb ->> 0 AS name,
			CASE WHEN v.relation IN ('model', 'component', 'image', 'image_digest') THEN v.key::jsonb ->> 0
				WHEN v.relation = 'release_item' THEN v.key::jsonb ->> 1 END AS model,
			CASE WHEN v.relation ~ '^(rule|rollout)' OR v.relation = 'action_item' THEN (v.key::jsonb ->> 0)::bigint END AS id
		FROM fota.change c
		JOIN fota.row_version v ON v.tenant_id = $1 AND v.change_no = c.change_no
		WHERE c.tenant_id = $1 AND c.epoch IS NULL
	) v;
	IF NOT v_all THEN
		v_ids := ARRAY(
			SELECT DISTINCT i.id
			FROM (
				SELECT s.id
				FROM fota.rule r
				CROSS JOIN LATERAL fota.scope_devices(r) s (id)
				WHERE r.tenant_id = $1 AND r.state IN ('active', 'paused')
					AND (r.rule_id = ANY (v_rules) OR r.release = ANY (v_releases))
				UNION ALL
				SELECT s.id
				FROM fota_past.rule() r
				CROSS JOIN LATERAL fota_past.scope_devices(r) s (id)
				WHERE r.tenant_id = $1 AND r.state IN ('active', 'paused')
					AND (r.rule_id = ANY (v_rules) OR r.release = ANY (v_releases))
				UNION ALL
				SELECT d.device_id FROM fota.device d WHERE d.tenant_id = $1 AND d.model = ANY (v_models)
				UNION ALL
				SELECT unnest(v_items)
			) i (id)
			ORDER BY i.id);
		IF cardinality(v_ids) > 100000 AND cardinality(v_ids) * 2 > (SELECT count(*) FROM fota.device d WHERE d.tenant_id = $1) THEN
			v_ids := NULL;
		END IF;
	END IF;
	PERFORM fota_past.as_of(v_former);
	RETURN v_ids;
END
$$;

COMMENT ON FUNCTION fota.changed_devices(int) IS
	'Devices whose decisions the changes of this transaction can alter; NULL = all.';
