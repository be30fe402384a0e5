-- SPDX-License-Identifier: PostgreSQL
--
-- fota.blame_components: the words for components that must wait for others: a ring of such
-- waits that is not joint, or that nothing outside would end, is blocked; else each waits
-- for the first, by name, that is in its way. What could go on waits for what travels with it
-- and has a wait of its own.

CREATE OR REPLACE FUNCTION fota.blame_components(cases fota.component_case[], names text[], joint boolean[],
	candidate boolean[], able boolean[], one int[], other int[], edges int[], blame int[])
RETURNS fota.component_case[]
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_cases fota.component_case[] := $1;
	v_ok boolean[];
	v_ring int[];
	v_first text;
	v_joint boolean;
	v_list int[];
BEGIN
	FOR i IN 1 .. cardinality($1) LOOP
		CONTINUE WHEN NOT $4[i] OR $5[i];
		v_ring := fota.ring_of(i, $6, $7, $9);
		v_first := (SELECT min($2[$7[e]] COLLATE "C") FROM unnest($9) e
			WHERE $6[e] = ANY (v_ring) AND $7[e] <> ALL (v_ring));
		v_joint := (SELECT bool_and($3[r]) FROM unnest(v_ring) r);
		IF cardinality(v_ring) > 1 AND (NOT v_joint OR v_first IS NULL) THEN
			v_cases[i] := fota.say_verdict(v_cases[i], ARRAY['blocked', 'requirement',
				format('it and %s wait for each other%s', (SELECT string_agg($2[r], ', ' ORDER BY $2[r] COLLATE "C")
					FROM unnest(v_ring) r WHERE r <> i), CASE WHEN v_joint THEN '' ELSE ' and are not all joint' END)]);
		ELSE
			v_cases[i] := fota.say_verdict(v_cases[i], ARRAY['wait', 'after', 'after ' || v_first]);
		END IF;
	END LOOP;

	-- Those that could go on, but whose company waits.
	v_ok := ARRAY(SELECT $5[i] AND (v_cases[i]).verdict <> 'wait' FROM generate_subscripts($5, 1) i);
	LOOP
		v_list := ARRAY(SELECT $6[e] FROM unnest($8) e WHERE v_ok[$6[e]] AND NOT v_ok[$7[e]]);
		EXIT WHEN cardinality(v_list) = 0;
		FOR i IN 1 .. cardinality(v_list) LOOP
			v_ok[v_list[i]] := false;
		END LOOP;
	END LOOP;
	FOR i IN 1 .. cardinality($1) LOOP
		CONTINUE WHEN NOT $5[i] OR v_ok[i] OR (v_cases[i]).verdict = 'wait';
		v_cases[i] := fota.say_verdict(v_cases[i], ARRAY['wait', 'after', 'after ' || (
			SELECT min($2[$7[e]] COLLATE "C") FROM unnest($8) e WHERE $6[e] = i AND NOT v_ok[$7[e]])]);
	END LOOP;
	RETURN v_cases;
END
$$;

COMMENT ON FUNCTION fota.blame_components(fota.component_case[], text[], boolean[], boolean[], boolean[],
	int[], int[], int[], int[]) IS 'The words for components that must wait for others.';
