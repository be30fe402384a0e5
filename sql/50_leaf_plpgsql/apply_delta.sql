-- SPDX-License-Identifier: PostgreSQL
--
-- fota.apply_delta: needs our library; in this profile it is done outside PostgreSQL.

CREATE OR REPLACE FUNCTION fota.apply_delta(source bytea, delta bytea, format text)
RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 10000
AS $$
BEGIN
	RAISE EXCEPTION 'this profile cannot apply deltas inside PostgreSQL'
		USING ERRCODE = '0A000',
			DETAIL = 'The portable profile has no library of ours.',
			HINT = 'fotactl delta apply does it on files.';
END
$$;

COMMENT ON FUNCTION fota.apply_delta(bytea, bytea, text) IS
	'What a patch makes of source; only its digest can say whether that is right.';
