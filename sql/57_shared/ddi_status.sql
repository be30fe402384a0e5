-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ddi_status: reads a DDI feedback body. status 'malformed' when execution or
-- finished is missing or not one of DDI's words; 'too_many' with more than 50 details.
-- Texts that are not strings are dropped; the id and the time are ignored.

CREATE OR REPLACE FUNCTION fota.ddi_status(body jsonb)
RETURNS TABLE (status text, execution text, finished text, code int, texts text[])
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
	v_status jsonb := CASE WHEN jsonb_typeof($1) = 'object' THEN $1 -> 'status' END;
	v_details jsonb;
BEGIN
	execution := CASE WHEN jsonb_typeof(v_status -> 'execution') = 'string'
		THEN v_status ->> 'execution' END;
	finished := CASE WHEN jsonb_typeof(v_status -> 'result' -> 'finished') = 'string'
		THEN v_status -> 'result' ->> 'finished' END;
	code := CASE WHEN jsonb_typeof(v_status -> 'code') = 'number'
		AND (v_status ->> 'code') ~ '^-?[0-9]{1,9}$' THEN (v_status ->> 'code')::int END;
	v_details := CASE WHEN jsonb_typeof(v_status -> 'details') = 'array'
		THEN v_status -> 'details' ELSE '[]' END;
	status := 'ok';
	IF execution IS NULL OR finished IS NULL
		OR execution <> ALL ('{closed,proceeding,canceled,scheduled,rejected,resumed,download,downloaded}')
		OR finished <> ALL ('{success,failure,none}') THEN
		status := 'malformed';
	ELSIF jsonb_array_length(v_details) > 50 THEN
		status := 'too_many';
	END IF;
	texts := ARRAY(SELECT d #>> '{}' FROM jsonb_array_elements(v_details) WITH ORDINALITY d (d, ord)
		WHERE jsonb_typeof(d) = 'string' ORDER BY ord);
	IF code IS NOT NULL THEN
		texts := texts || format('Device reported status code: %s', code);
	END IF;
	RETURN NEXT;
END
$$;

COMMENT ON FUNCTION fota.ddi_status(jsonb) IS
	'Reads a DDI feedback body: status ok, malformed or too_many, and its words.';
