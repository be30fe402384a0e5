-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rule_edge: the first instant after another at which a range of time begins or has ended.

CREATE OR REPLACE FUNCTION fota.rule_edge(during tstzrange, at timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
	v_begin timestamptz := lower($1) + CASE WHEN lower_inc($1) THEN interval '0' ELSE interval '1 us' END;
	v_end timestamptz := upper($1) + CASE WHEN upper_inc($1) THEN interval '1 us' ELSE interval '0' END;
BEGIN
	RETURN least(CASE WHEN v_begin > $2 AND isfinite(v_begin) THEN v_begin END,
		CASE WHEN v_end > $2 AND isfinite(v_end) THEN v_end END);
END
$$;

COMMENT ON FUNCTION fota.rule_edge(tstzrange, timestamptz) IS
	'When a range of time begins or ends next; NULL = never.';
