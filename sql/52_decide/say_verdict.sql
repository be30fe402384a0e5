-- SPDX-License-Identifier: PostgreSQL
--
-- fota.say_verdict: a component with its verdict, reason and detail.

CREATE OR REPLACE FUNCTION fota.say_verdict(facts fota.component_case, words text[])
RETURNS fota.component_case
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
	v_case fota.component_case := $1;
BEGIN
	v_case.verdict := $2[1];
	v_case.reason := $2[2];
	v_case.detail := $2[3];
	RETURN v_case;
END
$$;

COMMENT ON FUNCTION fota.say_verdict(fota.component_case, text[]) IS
	'A component with its verdict, reason and detail.';
