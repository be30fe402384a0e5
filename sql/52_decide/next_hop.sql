-- SPDX-License-Identifier: PostgreSQL
--
-- fota.next_hop: the first step of the way from the version that a device has (NULL = unknown or
-- absent) to the target. That is the target itself, unless its `from` does not allow it or a
-- floor lies between: then the first of the fewest steps over published versions that fit the
-- device, each newer than the one before, allowed by `from`, and passing no floor by; of
-- several ways the one whose steps are the newest. A downgrade, or another build of the same
-- version, is one step.
--
-- hop NULL: there is no way; floor is then the lowest floor between, if the target's own
-- `from` is not what is in the way.

CREATE OR REPLACE FUNCTION fota.next_hop(device fota.device_case, component text, slot int, model text,
	version text, target text, OUT hop text, OUT needs text, OUT floor text)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := ($1).tenant_id;
	v_key text COLLATE "C";
	v_target_key text COLLATE "C";
	v_requires jsonb := fota.requires_of(v_tenant, $4, $2, $6);
	v_floors text[];
	v_versions text[];
	v_keys text[];
	v_needs jsonb[];
	v_steps int[];
	v_best int;
	v_n int;
BEGIN
	-- Most images ask for nothing: then it is one step, either way.
	IF fota.may_follow(v_requires, $5) AND NOT EXISTS (
		SELECT FROM fota.image i
		WHERE i.tenant_id = v_tenant AND i.model = $4 AND i.component = $2 AND i.state = 'published' AND i.floor) THEN
		hop := $6;
		RETURN;
	END IF;
	v_key := fota.version_key($5);
	v_target_key := fota.version_key($6);
	IF v_key >= v_target_key THEN
		hop := CASE WHEN fota.may_follow(v_requires, $5) THEN $6 END;
		needs := v_requires ->> 'from';
		RETURN;
	END IF;
	IF $5 IS NOT NULL THEN
		SELECT array_agg(f.key ORDER BY f.key COLLATE "C", f.version COLLATE "C"),
			(array_agg(f.version ORDER BY f.key COLLATE "C", f.version COLLATE "C"))[1]
		INTO v_floors, floor
		FROM (
			SELECT DISTINCT i.version, fota.version_key(i.version) AS key FROM fota.image i
			WHERE i.tenant_id = v_tenant AND i.model = $4 AND i.component = $2
				AND i.state = 'published' AND i.floor
		) f
		WHERE f.key COLLATE "C" > v_key AND f.key COLLATE "C" < v_target_key;
	END IF;
	needs := CASE WHEN NOT fota.may_follow(v_requires, $5) THEN v_requires ->> 'from' END;
	IF needs IS NULL AND v_floors IS NULL THEN
		hop := $6;
		RETURN;
	END IF;

	-- Oldest first, the target last; then back from the target: how many steps each is away from it.
	SELECT array_agg(c.version ORDER BY c.key COLLATE "C", c.version COLLATE "C") || $6,
		array_agg(c.key ORDER BY c.key COLLATE "C", c.version COLLATE "C") || v_target_key,
		array_agg(fota.requires_of(v_tenant, $4, $2, c.version) ORDER BY c.key COLLATE "C", c.version COLLATE "C")
			|| v_requires
	INTO v_versions, v_keys, v_needs
	FROM (
		SELECT DISTINCT i.version, fota.version_key(i.version) AS key FROM fota.image i
		WHERE i.tenant_id = v_tenant AND i.model = $4 AND i.component = $2 AND i.state = 'published'
	) c
	CROSS JOIN LATERAL fota.build_of(v_tenant, $4, $2, c.version, ($1).hw, $3, ($1).two_slots) b
	WHERE c.key COLLATE "C" < v_target_key AND (v_key IS NULL OR c.key COLLATE "C" > v_key)
		AND b.builds = 1 AND b.state = 'published';
	v_n := coalesce(cardinality(v_versions), 0);
	IF v_n = 0 THEN
		RETURN;
	END IF;
	v_steps := array_fill(NULL::int, ARRAY[v_n]);
	v_steps[v_n] := 0;
	FOR i IN REVERSE v_n - 1 .. 1 LOOP
		FOR j IN i + 1 .. v_n LOOP
			CONTINUE WHEN v_steps[j] IS NULL OR v_steps[j] + 1 >= v_steps[i]
				OR v_keys[j] = v_keys[i] OR fota.key_between(v_floors, v_keys[i], v_keys[j]);
			IF fota.may_follow(v_needs[j], v_versions[i]) THEN
				v_steps[i] := v_steps[j] + 1;
			END IF;
		END LOOP;
	END LOOP;
	FOR j IN REVERSE v_n .. 1 LOOP
		CONTINUE WHEN v_steps[j] IS NULL OR v_steps[j] >= v_best OR fota.key_between(v_floors, v_key, v_keys[j]);
		IF fota.may_follow(v_needs[j], $5) THEN
			v_best := v_steps[j];
			hop := v_versions[j];
		END IF;
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.next_hop(fota.device_case, text, int, text, text, text) IS
	'The first step from the version that a device has to the target; NULL = there is no way.';
