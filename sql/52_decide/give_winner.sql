-- SPDX-License-Identifier: PostgreSQL
--
-- fota.give_winner: the components of a device, one of which a rule has won.

CREATE OR REPLACE FUNCTION fota.give_winner(INOUT cases fota.component_case[], rule fota.rule, component text,
	model text, version text)
LANGUAGE plpgsql IMMUTABLE
AS $$
#variable_conflict use_column
DECLARE
	v_case fota.component_case;
BEGIN
	FOR i IN 1 .. cardinality(cases) LOOP
		CONTINUE WHEN (cases[i]).component <> $3;
		v_case := cases[i];
		v_case.rule_id := ($2).rule_id;
		v_case.rule := ($2).name;
		v_case.release := ($2).release;
		v_case.mode := ($2).mode;
		v_case.allow_downgrade := ($2).allow_downgrade;
		v_case.max_attempts := ($2).max_attempts;
		v_case.wait_for_delta := ($2).wait_for_delta;
		v_case.download_in_window := ($2).download_in_window;
		v_case.image_model := $4;
		v_case.target := $5;
		cases[i] := v_case;
		RETURN;
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.give_winner(fota.component_case[], fota.rule, text, text, text) IS
	'The components of a device, one of which a rule has won.';
