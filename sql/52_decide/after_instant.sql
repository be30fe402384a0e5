-- SPDX-License-Identifier: PostgreSQL
--
-- fota.after_instant: an instant if it is one and comes after another.

CREATE OR REPLACE FUNCTION fota.after_instant(at timestamptz, edge timestamptz)
RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN $2 > $1 AND isfinite($2) THEN $2 END
$$;

COMMENT ON FUNCTION fota.after_instant(timestamptz, timestamptz) IS
	'The second instant, if it is finite and comes after the first.';
