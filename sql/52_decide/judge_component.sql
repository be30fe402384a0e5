-- SPDX-License-Identifier: PostgreSQL
--
-- fota.judge_component: what follows for one component from the rule that won it and from what
-- the device has, other components aside: the first reason that holds, in the order of
-- the text below: keep, then what blocks, then what makes wait, then install or remove.

CREATE OR REPLACE FUNCTION fota.judge_component(device fota.device_case, facts fota.component_case)
RETURNS fota.component_case
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_c fota.component_case := $2;
	v_tenant int := ($1).tenant_id;
	v_device bigint := ($1).device_id;
	v_hw text := ($1).hw;
	v_matches boolean := false;
	v_digests boolean := false;
	v_builds int;
	v_state text;
	v_image record;
	v_rank int;
	v_best int := 4;
	v_first text;
	v_requires jsonb;
	v_needs text;
	v_floor text;
	v_blind boolean := false;
	v_undone bigint;
	v_file text;
	v_words text[];
BEGIN
	v_c.offered := v_c.target;
	IF v_c.rule_id IS NULL THEN
		v_words := ARRAY['keep', 'no_rule', 'no rule in force names this component'];
	ELSIF v_c.target IS NULL THEN
		IF NOT v_c.present THEN
			v_words := ARRAY['keep', NULL, 'absent, as the rule says'];
		END IF;
	ELSE
		v_matches := coalesce(v_c.image_model || E'\n' || v_c.target = ANY (v_c.known), false);
		v_c.cmp := CASE WHEN v_c.reported = v_c.target THEN 0
			WHEN v_c.ordering <> 'opaque' THEN fota.version_compare(v_c.reported, v_c.target) END;
		-- The images of the target in one pass: is the digest one of theirs, which build fits best (as fota.build_of), what
		-- do they require? Not where the answer is known without.
		IF NOT v_matches AND (v_c.digest IS NOT NULL
				OR (v_c.cmp = 0 OR v_c.cmp > 0 AND NOT v_c.allow_downgrade) IS NOT TRUE) THEN
			v_builds := 0;
			FOR v_image IN
				SELECT i.build, i.state, i.payload_sha256, i.hw, i.slot, i.requires
				FROM fota.image i
				WHERE i.tenant_id = v_tenant AND i.model = v_c.image_model AND i.component = v_c.component
					AND i.version = v_c.target
			LOOP
				IF v_c.digest IS NOT NULL AND v_image.payload_sha256 IS NOT NULL THEN
					v_digests := true;
				END IF;
				-- Those that are published or withdrawn are in known, if the digest is one of theirs.
				IF v_c.digest IS NOT NULL AND v_c.present AND NOT v_matches
						AND v_image.state NOT IN ('published', 'withdrawn') THEN
					v_matches := fota.digest_identifies(v_tenant, v_c.image_model, v_c.component, v_c.target,
						v_image.build, v_image.payload_sha256, v_c.digest);
				END IF;
				CONTINUE WHEN v_image.state NOT IN ('published', 'decoding');
				IF v_image.state = 'published' AND (v_image.build < v_first) IS NOT FALSE THEN
					v_first := v_image.build;
					v_requires := v_image.requires;
				END IF;
				CONTINUE WHEN (v_image.hw IS NULL OR v_hw = ANY (v_image.hw)) IS NOT TRUE
					OR (v_image.slot IS NULL OR CASE WHEN ($1).two_slots THEN v_image.slot <> v_c.slot
						ELSE v_image.slot = v_c.slot END) IS NOT TRUE;
				v_rank := CASE WHEN v_image.hw IS NULL THEN 2 ELSE 0 END + CASE WHEN v_image.slot IS NULL THEN 1 ELSE 0 END;
				IF v_rank < v_best THEN
					v_best := v_rank;
					v_builds := 1;
					v_c.build := v_image.build;
					v_c.payload := v_image.payload_sha256;
					v_state := v_image.state;
				ELSIF v_rank = v_best THEN
					v_builds := v_builds + 1;
				END IF;
			END LOOP;
		END IF;
		v_words := CASE
			WHEN v_matches THEN ARRAY['keep', NULL, 'the reported digest is of version ' || v_c.target]
			WHEN v_c.cmp = 0 AND (v_c.digest IS NULL OR NOT v_digests)
				THEN ARRAY['keep', NULL, 'the reported version is ' || v_c.reported]
			WHEN v_c.cmp > 0 AND NOT v_c.allow_downgrade
				THEN ARRAY['keep', 'ahead', format('has %s, which is newer than %s; the rule '
					'does not allow a downgrade', v_c.reported, v_c.target)] END;
	END IF;
	v_c.is_unknown := v_c.present IS NULL OR v_c.present AND v_c.reported IS NULL AND NOT v_matches;
	IF v_words IS NOT NULL THEN
		RETURN fota.say_verdict(v_c, v_words);
	END IF;

	-- Most images ask for nothing: then it is one step, either way.
	IF v_c.target IS NOT NULL AND v_c.ordering <> 'opaque'
			AND (($1).some_floors OR v_requires IS NOT NULL AND NOT fota.may_follow(v_requires, v_c.reported)) THEN
		SELECT h.hop, h.needs, h.floor INTO v_c.offered, v_needs, v_floor
		FROM fota.next_hop($1, v_c.component, v_c.slot, v_c.image_model, v_c.reported, v_c.target) h;
		v_blind := v_c.offered IS NULL;
		v_c.offered := coalesce(v_c.offered, v_c.target);
	END IF;
	IF v_c.mode = 'download_only' AND EXISTS (
		SELECT FROM fota.action a
		JOIN fota.action_item i ON i.tenant_id = v_tenant AND i.device_id = v_device AND i.action = a.action
		WHERE a.tenant_id = v_tenant AND a.device_id = v_device AND a.state = 'finished'
			AND i.rule_id = v_c.rule_id AND i.component = v_c.component AND i.version = v_c.offered
			AND i.state = 'downloaded') THEN
		RETURN fota.say_verdict(v_c, ARRAY['keep', NULL, 'downloaded, as the rule asks']);
	END IF;

	-- What blocks.
	IF v_state = 'decoding' AND v_builds = 1 THEN
		RETURN fota.say_verdict(v_c, ARRAY['blocked', 'not_ready',
			format('version %s is still being decoded', v_c.target)]);
	END IF;
	IF v_c.is_unknown AND ($1).unknown_contents = 'wait' THEN
		RETURN fota.say_verdict(v_c, ARRAY['blocked', 'unknown_contents',
			'the device has not said what it has, and the model waits for that']);
	END IF;
	IF v_c.offered <> v_c.target THEN
		SELECT b.build, b.payload INTO v_c.build, v_c.payload
		FROM fota.build_of(v_tenant, v_c.image_model, v_c.component, v_c.offered, v_hw, v_c.slot,
			($1).two_slots) b;
	END IF;
	IF ($1).name_like IS NOT NULL THEN
		SELECT fota.file_name(i.metadata, v_c.component, v_c.offered, NULL) INTO v_file
		FROM fota.image i
		WHERE i.tenant_id = v_tenant AND i.model = v_c.image_model AND i.component = v_c.component
			AND i.version = v_c.offered AND i.build = v_c.build;
	END IF;
	v_c.failures := 0;
	IF ($1).has_items THEN
		SELECT i.rule_id INTO v_undone
		FROM fota.action a
		JOIN fota.action_item i ON i.tenant_id = v_tenant AND i.device_id = v_device
			AND i.action = a.action AND i.component = v_c.component
			AND i.from_version = v_c.offered AND i.state IN ('installed', 'confirmed')
		WHERE a.tenant_id = v_tenant AND a.device_id = v_device AND a.epoch = ($1).epoch
			AND a.state = 'finished' AND v_c.offered <> coalesce(i.version, '')
		ORDER BY a.action DESC, i.item DESC
		LIMIT 1;
		SELECT count(*), max(i.closed_at) + interval '15 minutes' * power(2, least(count(*) - 1, 10))
		INTO v_c.failures, v_c.backoff
		FROM fota.action_item i
		WHERE i.tenant_id = v_tenant AND i.device_id = v_device AND i.component = v_c.component
			AND i.version IS NOT DISTINCT FROM v_c.offered AND i.state = 'failed' AND NOT i.forgiven;
	END IF;
	v_words := CASE
		WHEN v_undone IS NOT NULL
			THEN ARRAY['blocked', 'undo', format('rules %s and %s undo each other',
				least(v_undone, v_c.rule_id), greatest(v_undone, v_c.rule_id))]
		WHEN v_c.failures >= v_c.max_attempts
			THEN ARRAY['blocked', 'attempts', format('failed %s of %s times; '
				'fota.clear_failures(device) allows it again', v_c.failures, v_c.max_attempts)]
		WHEN v_builds <> 1
			THEN ARRAY['blocked', 'no_build', CASE v_builds
				WHEN 0 THEN format('no published build of %s fits hardware %s', v_c.target,
					coalesce(v_hw, 'that is not reported'))
				ELSE format('%s builds of %s fit hardware %s', v_builds, v_c.target,
					coalesce(v_hw, 'that is not reported')) END
				|| CASE WHEN v_c.slot IS NULL THEN '' WHEN ($1).two_slots
					THEN ', slot other than ' || v_c.slot ELSE ', slot ' || v_c.slot END
				|| CASE v_builds WHEN 0 THEN '' ELSE ' equally well' END]
		WHEN v_c.target IS NULL AND ($1).client_class IS NOT NULL AND ($1).can_remove IS NOT TRUE
			THEN ARRAY['blocked', 'client_cannot', format('clients of class %s cannot '
				'remove a component', ($1).client_class)]
		WHEN v_file NOT LIKE ($1).name_like
			THEN ARRAY['blocked', 'client_cannot', format('clients of class %s take files named %s, not %s',
				($1).client_class, ($1).name_like, v_file)]
		WHEN v_blind
			THEN ARRAY['blocked', 'no_path', format('from %s to %s (%s)',
				CASE WHEN v_c.present THEN coalesce(v_c.reported, 'unknown') WHEN v_c.present IS NULL
					THEN 'unknown' ELSE 'absent' END, v_c.target,
				coalesce('needs ' || v_needs, 'floor ' || v_floor))] END;
	IF v_words IS NOT NULL THEN
		RETURN fota.say_verdict(v_c, v_words);
	END IF;
	RETURN fota.judge_waits($1, v_c);
END
$$;

COMMENT ON FUNCTION fota.judge_component(fota.device_case, fota.component_case) IS
	'The verdict on one component, other components aside.';
