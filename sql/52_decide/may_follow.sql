-- SPDX-License-Identifier: PostgreSQL
--
-- fota.may_follow: may an image with these requirements be installed over a version? By its
-- `from` alone. A component that is unknown or absent (version NULL) meets only no range at
-- all, '*', or `from_absent`.

CREATE OR REPLACE FUNCTION fota.may_follow(requires jsonb, version text)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	RETURN $1 ->> 'from' IS NULL
		OR CASE WHEN $2 IS NULL THEN btrim($1 ->> 'from') = '*' OR coalesce(($1 ->> 'from_absent')::boolean, false)
			ELSE fota.version_matches($2, $1 ->> 'from') END;
END
$$;

COMMENT ON FUNCTION fota.may_follow(jsonb, text) IS
	'May an image with these requirements be installed over a version (NULL = unknown or absent)?';
