-- SPDX-License-Identifier: PostgreSQL
--
-- fota.start_rollout: a draft becomes active. Only this exposes devices to a rule. Refused
-- when the rule could not work (no item fits, an image is missing) or could not be told
-- from another one that is active or paused.

CREATE OR REPLACE FUNCTION fota.start_rollout(rule text)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_rule fota.rule;
BEGIN
	-- One start at a time, so that two rules that tie cannot pass each other.
	PERFORM pg_advisory_xact_lock(hashtext('fota.start_rollout'), v_tenant);
	v_rule := fota.find_rule(v_tenant, $1, '{draft}', 'started');
	PERFORM fota.check_rule_items(v_rule);
	PERFORM fota.check_rule_tie(v_rule);

	UPDATE fota.rule r SET state = 'active'
	WHERE r.tenant_id = v_tenant AND r.rule_id = v_rule.rule_id;
	INSERT INTO fota.rollout_state (tenant_id, rule_id, wave, percent)
	VALUES (v_tenant, v_rule.rule_id, 0, 100)
	ON CONFLICT DO NOTHING;
	PERFORM fota.add_event(v_tenant, 'rule_started', v_rule.rule_id, NULL,
		jsonb_build_object('rule', v_rule.name, 'release', v_rule.release));
END
$$;

COMMENT ON FUNCTION fota.start_rollout(text) IS 'A draft becomes active: its devices get its release.';
