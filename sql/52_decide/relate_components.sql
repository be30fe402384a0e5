-- SPDX-License-Identifier: PostgreSQL
--
-- fota.relate_components: requirements between the components of a device. One that needs
-- another first, or would break it, waits for it (`after`), unless the same action brings both
-- in order: what breaks and what is replaced travel together, and so do components that need
-- each other and are all `joint`. What nothing would ever satisfy is blocked (`requirement`).

CREATE OR REPLACE FUNCTION fota.relate_components(device fota.device_case, cases fota.component_case[])
RETURNS fota.component_case[]
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_cases fota.component_case[] := $2;
	v_names text[] := ARRAY(SELECT c.component FROM unnest($2) c);
	v_joint boolean[] := ARRAY(SELECT c.joint FROM unnest($2) c);
	v_n int := cardinality($2);
	v_one int[] := '{}';
	v_other int[] := '{}';
	v_free boolean[] := '{}';	-- the edge holds when the other is able: it needs no joint group
	v_now boolean[] := '{}';
	v_able boolean[];
	v_ok boolean[];
	v_edges int[];
	v_blame int[];
	v_ring int[];
	v_edge int;
	v_row record;
BEGIN
	v_able := ARRAY(SELECT c.verdict IN ('install', 'remove', 'wait') FROM unnest($2) c);
	FOR v_row IN SELECT r.* FROM fota.relations_of($1, $2) r LOOP
		IF v_row.other IS NULL THEN
			IF v_able[v_row.one] THEN
				v_able[v_row.one] := false;
				v_cases[v_row.one] := fota.say_verdict(v_cases[v_row.one], ARRAY['blocked', 'requirement', v_row.detail]);
			END IF;
		ELSE
			v_one := v_one || v_row.one;
			v_other := v_other || v_row.other;
			v_free := v_free || (v_row.kind = 'breaks');
			v_now := v_now || v_row.at_once;
		END IF;
	END LOOP;
	-- Edges of those that are blocked count no more; edges to them stay.
	v_edges := ARRAY(SELECT e FROM generate_subscripts(v_one, 1) e WHERE v_able[v_one[e]]);
	IF cardinality(v_edges) = 0 THEN
		RETURN v_cases;
	END IF;

	-- Joint groups: edges within a ring of components that are all joint.
	FOR i IN 1 .. v_n LOOP
		v_ring := fota.ring_of(i, v_one, v_other, ARRAY(SELECT e FROM unnest(v_edges) e WHERE v_able[v_other[e]]));
		CONTINUE WHEN cardinality(v_ring) < 2 OR false = ANY (ARRAY(SELECT v_joint[r] FROM unnest(v_ring) r));
		FOREACH v_edge IN ARRAY v_edges LOOP
			IF v_one[v_edge] = i AND v_other[v_edge] = ANY (v_ring) THEN
				v_free[v_edge] := true;
			END IF;
		END LOOP;
	END LOOP;
	v_ok := v_able;
	LOOP
		v_blame := ARRAY(SELECT e FROM unnest(v_edges) e
			WHERE NOT (v_now[e] AND v_free[e] AND v_ok[v_other[e]]));
		v_ring := ARRAY(SELECT v_one[e] FROM unnest(v_blame) e WHERE v_ok[v_one[e]]);
		EXIT WHEN cardinality(v_ring) = 0;
		FOR i IN 1 .. cardinality(v_ring) LOOP
			v_ok[v_ring[i]] := false;
		END LOOP;
	END LOOP;
	RETURN fota.blame_components(v_cases, v_names, v_joint, v_able, v_ok, v_one, v_other, v_edges, v_blame);
END
$$;

COMMENT ON FUNCTION fota.relate_components(fota.device_case, fota.component_case[]) IS
	'Makes components wait for each other, or blocks them, as their images require.';
