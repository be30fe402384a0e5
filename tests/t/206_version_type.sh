#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Type fota.version of the native profile: columns of users' tables sort, group, join and are indexed as
# fota.version_compare orders versions, whatever plan is taken, and go through binary COPY, dump and restore as they are.
. "$(dirname "$0")/lib.sh"
export FOTA_PG_CONF='fsync = off' PGTZ=UTC
need_cluster native
# The operators are in schema fota; ORDER BY and the like find theirs without it.
Q() { SQL "SET search_path = public, fota; $1"; }
verbose() { SQL "\\set VERBOSITY verbose
	$1"; }

is "a version is kept as it was given" "$(Q "SELECT 'v1.02.0'::fota.version, ''::fota.version = '', 'ä'::fota.version::text")" "v1.02.0|t|ä"
is "equal versions are equal, however they are written" "$(Q "SELECT '1.0'::version = '1.0.0', 'v1.0' = '1.0'::version, '1.0'::version <> '1.0+a', '1.0-rc.1'::version = '1.0'")" "t|t|t|f"
is "operators say the order" "$(Q "SELECT '1.2'::version < '1.10', '1.10'::version > '1.2', '1.0'::version <= '1.0.0', '1.0'::version >= '1.0.0', 'trunk'::version < '0.0', '1.0'::version < '1.0-a'")" "t|t|t|t|t|f"
is "texts become versions and versions texts when they are stored, or asked to" "$(Q "
	CREATE TABLE stored (v version, t text);
	INSERT INTO stored SELECT '1.2'::text, '1.10'::version; SELECT v, t, v < t::version, t::version::text FROM stored")" "1.2|1.10|t|1.10"
like "a version and a text are not compared: that would be an order of texts" "$(verbose "SET search_path = public, fota; SELECT v < t FROM stored")" "42883: "
is "literals of no type stay texts where the same name takes both" "$(Q "SELECT version_matches('1.10', '>=1.2'), version_matches('1.10'::version, '>=1.2'), pg_typeof(coalesce('1.0', 'x'::text))")" "t|t|text"
like "a range that is malformed is refused as that of a text is" "$(verbose "SELECT fota.version_matches('1.0'::fota.version, '>=')")" "UF001: version range, column 3"

# 20,000 versions, every one written in several ways; text says what fota.version_compare says.
Q "SELECT setseed(0.5);
	CREATE TABLE part AS SELECT (random() * 3)::int AS a, (random() * 12)::int AS b, (random() * 40)::int AS c, random() AS r FROM generate_series(1, 20000);
	CREATE TABLE fw (id int, v version NOT NULL, key text COLLATE \"C\");
	INSERT INTO fw SELECT row_number() OVER (), t, version_key(t) FROM (
		SELECT CASE WHEN r < 0.03 THEN 'build ' || c WHEN r < 0.2 THEN 'v' ELSE '' END || a || '.' || b || CASE WHEN c > 20 THEN '.' || c WHEN c > 10 THEN '.0' ELSE '' END
			|| CASE WHEN r > 0.8 THEN '-rc.' || c % 11 WHEN r > 0.7 THEN '+' || c WHEN r > 0.65 THEN 'b' ELSE '' END AS t FROM part) p;
	CREATE TABLE other AS SELECT id, v FROM fw WHERE id % 7 = 0; ANALYZE fw, other" >"$T/fw.log" || { cat "$T/fw.log"; bail "table"; }
KEYS="SELECT md5(string_agg(key, '|' ORDER BY n)) FROM"
want=$(Q "$KEYS (SELECT key, row_number() OVER (ORDER BY key) AS n FROM fw) x")
is "ORDER BY sorts as keys do" "$(Q "$KEYS (SELECT key, row_number() OVER (ORDER BY v) AS n FROM fw) x")" "$want"
distinct=$(Q "SELECT count(DISTINCT key) FROM fw")
is "DISTINCT, by sorting and by hashing, leaves one of each" "$(Q "
	SELECT count(DISTINCT v) FROM fw;
	SELECT count(*) FROM (SELECT v FROM fw GROUP BY v) x;
	SET enable_hashagg = off; SELECT count(*) FROM (SELECT v FROM fw GROUP BY v) x")" "$distinct
$distinct
$distinct"
is "equal versions hash alike, others do not, with any seed" "$(Q "
	SELECT count(*) FILTER (WHERE keys > 1), count(*) < 0.001 * sum(keys) OR count(*) = sum(keys) FROM (SELECT version_hash(v), count(DISTINCT key) AS keys FROM fw GROUP BY 1) x;
	SELECT count(DISTINCT version_hash_extended(v, 42)) FROM fw; SELECT bool_and(version_hash(v)::bit(32) = version_hash_extended(v, 0)::bit(32)) FROM fw")" "0|t
$distinct
t"
pairs=$(Q "SELECT count(*) FROM fw JOIN other ON fw.key = version_key(other.v::text)")
for join in hashjoin mergejoin; do
	off=$(echo hashjoin mergejoin nestloop | tr ' ' '\n' | grep -v "$join" | sed 's/.*/SET enable_& = off;/' | tr '\n' ' ')
	like "a $join joins on versions" "$(Q "$off EXPLAIN (COSTS OFF) SELECT count(*) FROM fw JOIN other USING (v)" | tr '\n' ' ')" "$([ $join = hashjoin ] && echo 'Hash Join' || echo 'Merge Join')"
	is "  and finds the pairs that are equal" "$(Q "$off SELECT count(*) FROM fw JOIN other USING (v)")" "$pairs"
done
is "min and max are the ends of the order" "$(Q "SELECT min(v) = (SELECT v FROM fw ORDER BY key LIMIT 1), max(v) = (SELECT v FROM fw ORDER BY key DESC LIMIT 1) FROM fw")" "t|t"
is "and NULL of nothing" "$(Q "SELECT min(v) IS NULL, max(v) IS NULL FROM fw WHERE false")" "t|t"

# Indexes, and that they answer as the table does.
Q "CREATE INDEX fw_tree ON fw (v); CREATE INDEX fw_hash ON fw USING hash (v); CREATE UNIQUE INDEX ON stored (v); ANALYZE fw" >/dev/null
RANGE="SELECT count(*), min(key) = (SELECT min(key) FROM fw WHERE key >= version_key('1.2')) FROM fw WHERE v >= '1.2' AND v < '1.10'"
seq="SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;"
like "a range is read from the btree index" "$(Q "SET enable_seqscan = off; EXPLAIN (COSTS OFF) $RANGE" | tr '\n' ' ')" "fw_tree"
is "  with the rows that the table has" "$(Q "SET enable_seqscan = off; $RANGE")" "$(Q "$seq $RANGE")"
like "min and max are read from it" "$(Q "EXPLAIN (COSTS OFF) SELECT min(v), max(v) FROM fw" | tr '\n' ' ')" "fw_tree.*Backward using fw_tree"
like "equality can be read from the hash index" "$(Q "BEGIN; DROP INDEX fw_tree; SET enable_seqscan = off; EXPLAIN (COSTS OFF) SELECT FROM fw WHERE v = '1.2.0'; ROLLBACK" | tr '\n' ' ')" "fw_hash"
is "  with all ways to write it" "$(Q "BEGIN; DROP INDEX fw_tree; SET enable_seqscan = off; SELECT count(*), count(DISTINCT v::text) > 1 FROM fw WHERE v = '1.2.0'; ROLLBACK")" "$(Q "SELECT count(*), true FROM fw WHERE key = version_key('1.2')")"
like "a unique index sees that 1.2.0 is 1.2" "$(verbose "INSERT INTO public.stored VALUES ('1.2.0')")" "23505: "
is "a primary key and partitions by range and by hash take versions" "$(Q "
	CREATE TABLE byrange (v version PRIMARY KEY) PARTITION BY RANGE (v);
	CREATE TABLE byrange1 PARTITION OF byrange FOR VALUES FROM ('1.0') TO ('2.0'); CREATE TABLE byrange2 PARTITION OF byrange DEFAULT;
	CREATE TABLE byhash (v version) PARTITION BY HASH (v);
	CREATE TABLE byhash0 PARTITION OF byhash FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE byhash1 PARTITION OF byhash FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO byrange VALUES ('1.10'), ('10.0'), ('1.9-rc'); INSERT INTO byhash VALUES ('1.0'), ('1.0.0'), ('v1');
	SELECT string_agg(v::text, ' ' ORDER BY v) FROM byrange1; SELECT count(DISTINCT tableoid) FROM byhash WHERE v = '1.0'")" "1.9-rc 1.10
1"

# What leaves the server comes back as it was: text and binary COPY, dump and restore.
state="SELECT count(*), md5(string_agg(id || ' ' || v, '|' ORDER BY id)) FROM fw"
before=$(Q "$state")
Q "\\copy fw TO $T/fw.binary (FORMAT binary)
	\\copy fw TO $T/fw.text
	CREATE TABLE fw2 (LIKE fw); \\copy fw2 FROM $T/fw.binary (FORMAT binary)
	CREATE TABLE fw3 (LIKE fw); \\copy fw3 FROM $T/fw.text" >"$T/copy.log"
is "binary and text COPY bring back every byte" "$(Q "SELECT (SELECT count(*) FROM fw2 JOIN fw USING (id) WHERE fw.v::text = fw2.v::text), (SELECT count(*) FROM fw3 JOIN fw USING (id) WHERE fw.v::text = fw3.v::text)")" "20000|20000"
is "binary is the text in the client's encoding, as that of texts is" "$(Q "SELECT version_send('1.0') = textsend('1.0')")" t
"$(cluster_bin "$C")/pg_dump" fota >"$T/dump.sql" 2>"$T/dump.log"
PGDATABASE=postgres SQL "CREATE DATABASE again OWNER fota_dba" >/dev/null
ok "a dump is restored by an owner who is no superuser" "$(cluster_bin "$C")/psql" -Xq -v ON_ERROR_STOP=1 -d again -f "$T/dump.sql"
is "every value is there again" "$(PGDATABASE=again Q "$state")" "$before"
is "and its indexes answer" "$(PGDATABASE=again Q "SET enable_seqscan = off; $RANGE")" "$(Q "$seq $RANGE")"
is "and no row is out of order in them" "$(PGDATABASE=again Q "SET enable_seqscan = off; SET enable_sort = off;
	SELECT count(*) FROM (SELECT key, lag(key) OVER (ORDER BY v) AS before FROM fw) x WHERE before > key")" 0
done_testing
