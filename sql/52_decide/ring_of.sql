-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ring_of: the nodes of a graph that can be reached from a node and from which it can be
-- reached, itself included, in rising order. Edge e goes from one[e] to other[e]; only those
-- listed count.

CREATE OR REPLACE FUNCTION fota.ring_of(node int, one int[], other int[], edges int[])
RETURNS int[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
#variable_conflict use_column
BEGIN
	RETURN ARRAY(
		WITH RECURSIVE ahead (n) AS (
			SELECT $1 UNION SELECT $3[e] FROM ahead a, unnest($4) e WHERE $2[e] = a.n
		), back (n) AS (
			SELECT $1 UNION SELECT $2[e] FROM back b, unnest($4) e WHERE $3[e] = b.n
		)
		SELECT n FROM ahead INTERSECT SELECT n FROM back ORDER BY n);
END
$$;

COMMENT ON FUNCTION fota.ring_of(int, int[], int[], int[]) IS
	'The nodes of a graph that lie on a ring with this one.';
