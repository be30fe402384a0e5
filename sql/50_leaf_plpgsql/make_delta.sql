-- SPDX-License-Identifier: PostgreSQL
--
-- fota.make_delta: needs our library; in this profile it is done outside PostgreSQL.

CREATE OR REPLACE FUNCTION fota.make_delta(source bytea, target bytea, format text)
RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100000
AS $$
BEGIN
	RAISE EXCEPTION 'this profile cannot make deltas inside PostgreSQL'
		USING ERRCODE = '0A000',
			DETAIL = 'The portable profile has no library of ours.',
			HINT = 'fota-worker makes the deltas that devices ask for; fotactl delta make does it on files.';
END
$$;

COMMENT ON FUNCTION fota.make_delta(bytea, bytea, text) IS
	'A patch that turns source into target, in a format such as bsdiff40.';
