-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_rule_values: values of a rule that stand for themselves must be possible: bounds the right
-- way round, numbers and times within their ranges. Says which column, and what to write instead.

CREATE OR REPLACE FUNCTION fota.check_rule_values(rule fota.rule)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_covers boolean := true;
	v_column text;
	v_detail text;
	v_hint text;
BEGIN
	IF ($1).release IS NULL THEN
		RAISE EXCEPTION 'rule "%": column release is not given', ($1).name
			USING ERRCODE = '23502', SCHEMA = 'fota', TABLE = 'rule', COLUMN = 'release', CONSTRAINT = 'rule_release_not_null',
				DETAIL = 'A rule says which release its devices must have.',
				HINT = 'SELECT release FROM fota.release lists them; fota.add_release makes one.';
	ELSIF ($1).serial_from_key COLLATE "C" > ($1).serial_to_key COLLATE "C" THEN
		v_column := 'serial_to';
		v_detail := format('serial_from %L comes after serial_to %L.', ($1).serial_from, ($1).serial_to);
		v_hint := 'Runs of digits compare as numbers: SN9 comes before SN10. Exchange the two.';
	ELSIF ($1).serial_from = '' OR ($1).serial_to = '' THEN
		v_column := CASE ($1).serial_from WHEN '' THEN 'serial_from' ELSE 'serial_to' END;
		v_detail := 'No device has an empty serial.';
		v_hint := 'NULL leaves that end of the range open.';
	ELSIF isempty(($1).years) OR upper(($1).years) <= 1970 OR lower(($1).years) > 9999 THEN
		v_column := 'years';
		v_detail := format('No device is of a year in %s.', ($1).years);
		v_hint := 'Write both years in brackets, such as [2024,2025]; a round one leaves its year out.';
	ELSIF isempty(($1).active_during) THEN
		v_column := 'active_during';
		v_detail := 'It holds no instant.';
		v_hint := 'Write [begin,end), each with its time zone; leave one out for no limit.';
	ELSIF NOT length(($1).batch) BETWEEN 1 AND 64 THEN
		v_column := 'batch';
		v_detail := CASE ($1).batch WHEN '' THEN 'No device has an empty batch.' ELSE 'A batch has at most 64 characters.' END;
		v_hint := 'NULL means any batch.';
	ELSE
		v_covers := false;
		v_column := CASE WHEN ($1).mode NOT IN ('forced', 'soft', 'confirm', 'download_only') THEN 'mode'
			WHEN ($1).max_postpone <= '0' THEN 'max_postpone'
			WHEN NOT ($1).max_attempts BETWEEN 1 AND 100 THEN 'max_attempts'
			WHEN NOT ($1).poll_every BETWEEN '1 s' AND '1 day' THEN 'poll_every'
			WHEN NOT ($1).poll_active BETWEEN '1 s' AND '1 day' THEN 'poll_active' END;
		v_detail := format('Found: %s.', to_jsonb($1) ->> v_column);
		v_hint := CASE v_column WHEN 'mode' THEN 'Write forced, soft, confirm or download_only.'
			WHEN 'max_postpone' THEN 'Write an interval, such as 3 days; NULL sets no limit.'
			WHEN 'max_attempts' THEN 'Write a number of failures, 1 to 100.'
			ELSE 'Write an interval from 1 s to 1 day; NULL takes that of the model.' END;
	END IF;
	IF v_column IS NOT NULL THEN
		RAISE EXCEPTION 'rule "%": column % %', ($1).name, v_column, CASE WHEN v_covers THEN 'covers nothing' ELSE 'is out of range' END
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = 'rule', COLUMN = v_column, CONSTRAINT = 'rule_' || v_column || '_check',
				DETAIL = v_detail, HINT = v_hint;
	END IF;
END
$$;

COMMENT ON FUNCTION fota.check_rule_values(fota.rule) IS
	'Raises when a value of a rule can hold for no device or is out of range, naming column and remedy.';
