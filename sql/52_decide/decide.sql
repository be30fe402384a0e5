-- SPDX-License-Identifier: PostgreSQL
--
-- fota.decide: which contents must a device have, and what follows for each component: the
-- steps, one after the other. Rows as those of fota.resolve, which is what everything asks;
-- here is how the portable profile, and explain in both, finds them.
--
-- valid_until: when the first of its waits and windows ends, or a covering rule begins or ends.

CREATE OR REPLACE FUNCTION fota.decide(tenant_id int, device_id bigint, at timestamptz, known_epoch bigint)
RETURNS TABLE (component text, verdict text, rule_id bigint, rule text, release text, version text,
	build text, target_version text, reported_version text, not_before timestamptz,
	not_after timestamptz, reason text, detail text, epoch bigint, valid_until timestamptz)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
	v_device fota.device_case := fota.device_case($1, $2, $3, $4);
	v_c fota.component_case;
	v_cases fota.component_case[];
	v_edge timestamptz;
	v_won record;
	v_related boolean := false;
	v_found boolean := false;
BEGIN
	IF v_device.device_id IS NULL THEN
		RETURN;
	END IF;
	v_won := fota.find_winners(v_device, fota.component_cases(v_device));
	v_cases := v_won.cases;
	v_edge := v_won.edge;
	FOR i IN 1 .. coalesce(cardinality(v_cases), 0) LOOP
		v_c := fota.judge_component(v_device, v_cases[i]);
		v_cases[i] := v_c;
		v_related := v_related OR v_c.verdict IN ('install', 'remove', 'wait');
	END LOOP;
	IF v_related AND v_device.some_requires THEN
		v_cases := fota.relate_components(v_device, v_cases);
	END IF;

	FOREACH v_c IN ARRAY v_cases LOOP
		IF v_c.verdict = 'wait' THEN
			v_edge := least(v_edge, fota.after_instant($3, v_c.postponed), fota.after_instant($3, v_c.backoff),
				fota.after_instant($3, v_c.delta_until));
		END IF;
		IF v_c.verdict IN ('install', 'remove') OR v_c.verdict = 'wait' AND v_c.download_in_window THEN
			v_edge := least(v_edge, fota.after_instant($3, v_c.opens_at), fota.after_instant($3, v_c.closes_at));
		END IF;
	END LOOP;
	epoch := $4;
	valid_until := v_edge;
	FOREACH v_c IN ARRAY v_cases LOOP
		CONTINUE WHEN v_c.rule_id IS NULL AND v_c.present IS NOT TRUE;
		component := v_c.component;
		verdict := v_c.verdict;
		rule_id := v_c.rule_id;
		rule := v_c.rule;
		release := v_c.release;
		version := CASE WHEN v_c.verdict = 'keep' OR v_c.reason IN ('not_ready', 'unknown_contents', 'no_build',
			'client_cannot', 'no_path') THEN v_c.target ELSE v_c.offered END;
		build := CASE WHEN v_c.verdict IN ('install', 'wait') OR v_c.reason = 'not_ready' THEN v_c.build END;
		target_version := v_c.target;
		reported_version := v_c.reported;
		not_before := CASE WHEN v_c.verdict = 'wait' THEN greatest(v_c.postponed, v_c.backoff, v_c.delta_until,
				CASE WHEN v_c.download_in_window THEN v_c.opens_at END)
			WHEN v_c.verdict IN ('install', 'remove') THEN v_c.opens_at END;
		not_after := CASE WHEN v_c.verdict IN ('install', 'remove') THEN v_c.closes_at END;
		reason := v_c.reason;
		detail := v_c.detail;
		v_found := true;
		RETURN NEXT;
	END LOOP;
	IF NOT v_found THEN
		RETURN QUERY SELECT NULL, 'keep', NULL::bigint, NULL, NULL, NULL, NULL, NULL, NULL,
			NULL::timestamptz, NULL::timestamptz, 'no_rule', 'no rule in force names a component of this device',
			$4, v_edge;
	END IF;
END
$$;

COMMENT ON FUNCTION fota.decide(int, bigint, timestamptz, bigint) IS
	'How a decision on a device is found, step by step; ask fota.resolve.';
