-- SPDX-License-Identifier: PostgreSQL
--
-- fota.start_rollout: a draft becomes active. Only this exposes devices to a rule: all of them,
-- or, where it has waves, those of the first, from when active_during begins. Refused when the
-- rule could not work (no item fits, an image is missing), could not be told from another one
-- that is active or paused, or lacks the approval that the tenant asks for.

CREATE OR REPLACE FUNCTION fota.start_rollout(rule text, at timestamptz DEFAULT now())
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
	PERFORM fota.check_approval(v_rule);
	PERFORM fota.start_rule(v_rule, $2);
END
$$;

COMMENT ON FUNCTION fota.start_rollout(text, timestamptz) IS
	'A draft becomes active: its devices, or those of its first wave, get its release.';
