-- SPDX-License-Identifier: PostgreSQL
--
-- fota.local_edge: the first instant at which the clocks of a time zone show a local time, or a
-- later one. Where clocks are set back that is the first of two; where they are set forward
-- past it, the moment at which they are.

CREATE OR REPLACE FUNCTION fota.local_edge(local timestamp, zone text)
RETURNS timestamptz
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
AS $$
DECLARE
	v_earlier timestamptz := ($1 - interval '1 day') AT TIME ZONE 'UTC';
	v_later timestamptz := ($1 + interval '1 day') AT TIME ZONE 'UTC';
	v_after interval := (v_later AT TIME ZONE $2) - ($1 + interval '1 day');
	v_first timestamptz := ($1 - ((v_earlier AT TIME ZONE $2) - ($1 - interval '1 day'))) AT TIME ZONE 'UTC';
	v_second timestamptz;
	v_low bigint;
	v_high bigint;
	v_middle bigint;
BEGIN
	IF v_first AT TIME ZONE $2 = $1 THEN
		RETURN v_first;
	END IF;
	v_second := ($1 - v_after) AT TIME ZONE 'UTC';
	IF v_second AT TIME ZONE $2 = $1 THEN
		RETURN v_second;
	END IF;

	-- In the gap: the clocks are set forward at a second in (v_second, v_first].
	v_low := floor(extract(epoch FROM v_second));
	v_high := ceil(extract(epoch FROM v_first));
	WHILE v_high - v_low > 1 LOOP
		v_middle := (v_low + v_high) / 2;
		IF (to_timestamp(v_middle) AT TIME ZONE $2) - (to_timestamp(v_middle) AT TIME ZONE 'UTC') = v_after THEN
			v_high := v_middle;
		ELSE
			v_low := v_middle;
		END IF;
	END LOOP;
	RETURN to_timestamp(v_high);
END
$$;

COMMENT ON FUNCTION fota.local_edge(timestamp, text) IS
	'The first instant at which the clocks of a time zone show this local time or a later one.';
