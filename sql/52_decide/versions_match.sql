-- SPDX-License-Identifier: PostgreSQL
--
-- fota.versions_match: do the versions that a device has lie in all the ranges of a rule? One
-- that is unknown or absent lies in none, not even in '*'.

CREATE OR REPLACE FUNCTION fota.versions_match(versions jsonb, cases fota.component_case[])
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN NOT EXISTS (
		SELECT FROM jsonb_each_text($1) e
		WHERE NOT EXISTS (
			SELECT FROM unnest($2) c
			WHERE c.component = e.key COLLATE "C" AND c.present
				AND fota.version_matches(c.reported, e.value)));
END
$$;

COMMENT ON FUNCTION fota.versions_match(jsonb, fota.component_case[]) IS
	'Do the versions that a device has lie in all these ranges, {"bootloader": ">=1.2"}?';
