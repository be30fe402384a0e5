-- SPDX-License-Identifier: PostgreSQL
--
-- fota.start_action: opens the next action of a device with all that it may install or
-- remove now, in order of component.install_order and name. Numbers are per device,
-- rise, are never a multiple of 10 (a DDI client mishandles those) and never used again.
-- NULL when there is nothing to do, a device of the same exclusion group is busy, or the
-- budgets of the rules are used up; items of a rule whose budget is, are left out, as are those beyond
-- what the class of its client takes at a time, which come in the next action.

CREATE OR REPLACE FUNCTION fota.start_action(tenant_id int, device_id bigint, protocol text,
	at timestamptz)
RETURNS int
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_action int;
	v_group text;
	v_epoch bigint;
	v_rules bigint[];
	v_components text[];
BEGIN
	SELECT max(r.epoch), array_agg(DISTINCT r.rule_id) INTO v_epoch, v_rules
	FROM fota.resolve($1, $2, $4) r
	WHERE r.verdict IN ('install', 'remove');
	IF v_epoch IS NULL THEN
		RETURN NULL;
	END IF;

	SELECT d.exclusion_group INTO v_group FROM fota.device d
	WHERE d.tenant_id = $1 AND d.device_id = $2;
	IF v_group IS NOT NULL AND EXISTS (
		SELECT FROM fota.action a WHERE a.tenant_id = $1 AND a.exclusion_group = v_group
			AND a.state IN ('open', 'superseded')) THEN
		RETURN NULL;
	END IF;
	v_rules := fota.take_budgets($1, $2, v_rules, $4);
	v_components := fota.items_to_start($1, $2, v_rules, $4);
	IF cardinality(v_components) = 0 THEN
		RETURN NULL;
	END IF;
	INSERT INTO fota.device_report_state AS s (tenant_id, device_id, last_action)
	VALUES ($1, $2, 1)
	ON CONFLICT (tenant_id, device_id) DO UPDATE
	SET last_action = s.last_action + CASE WHEN s.last_action % 10 = 9 THEN 2 ELSE 1 END
	RETURNING s.last_action INTO v_action;

	INSERT INTO fota.action
		(tenant_id, device_id, action, state, protocol, epoch, exclusion_group, opened_at, seen_at, poll, due_at)
	VALUES ($1, $2, v_action, 'open', $3, v_epoch, v_group, $4, $4, fota.next_poll($1, $2, true, v_rules),
		$4 + interval '1 hour')
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;

	INSERT INTO fota.action_item (tenant_id, device_id, action, item, rule_id, component, verb,
		image_model, version, build, payload_sha256, size, from_version, from_digest, state,
		changed_at)
	SELECT $1, $2, v_action, row_number() OVER (ORDER BY c.install_order, r.component COLLATE "C"),
		r.rule_id, r.component, r.verdict, i.model, r.version, r.build, i.payload_sha256, b.size,
		r.reported_version, h.digest, 'offered', $4
	FROM fota.resolve($1, $2, $4) r
	JOIN fota.device d ON d.tenant_id = $1 AND d.device_id = $2
	JOIN fota.component c ON c.tenant_id = $1 AND c.model = d.model AND c.component = r.component
	LEFT JOIN fota.device_contents h ON h.tenant_id = $1 AND h.device_id = $2
		AND h.component = r.component
	LEFT JOIN LATERAL fota.offered_image($1, $2, r.component, r.rule_id, r.version, r.build) i
		ON true
	LEFT JOIN fota.blob b ON b.tenant_id = $1 AND b.sha256 = i.payload_sha256
	WHERE r.verdict IN ('install', 'remove') AND r.component = ANY (v_components);
	INSERT INTO fota.rollout_device (tenant_id, rule_id, device_id, wave, model, year, started_at)
	SELECT $1, u.rule_id, $2, coalesce(fota.wave_of($1, u.rule_id, $2), 0), d.model, coalesce(d.year, -1), $4
	FROM (SELECT DISTINCT i.rule_id FROM fota.action_item i
		WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = v_action) u
	JOIN fota.device d ON d.tenant_id = $1 AND d.device_id = $2
	ORDER BY u.rule_id
	ON CONFLICT DO NOTHING;
	RETURN v_action;
END
$$;

COMMENT ON FUNCTION fota.start_action(int, bigint, text, timestamptz) IS
	'Opens the next action of a device with all that it may install now; NULL = nothing.';
