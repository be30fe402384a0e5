-- SPDX-License-Identifier: PostgreSQL
--
-- fota_past.as_of: from now on, in this transaction, rows are given as of this epoch, and devices as of
-- this instant, or NULL as they are now. Answers with what was asked for before, for
-- fota_past.as_of(text), with which the caller ends.

CREATE OR REPLACE FUNCTION fota_past.as_of(tenant_id int, epoch bigint, instant timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
	v_former text := coalesce(current_setting('fota.as_of', true), '');
BEGIN
	PERFORM fota_past.as_of(concat_ws(' ', $1, $2,
		to_char($3 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')));
	RETURN v_former;
END
$$;

COMMENT ON FUNCTION fota_past.as_of(int, bigint, timestamptz) IS
	'Says as of when rows are to be given; what was said before.';

CREATE OR REPLACE FUNCTION fota_past.as_of(setting text)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
	PERFORM set_config('fota.as_of', $1, true);
END
$$;

COMMENT ON FUNCTION fota_past.as_of(text) IS 'Says again what was said before.';
