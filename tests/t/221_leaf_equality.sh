#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Versions, ranges, serial numbers, buckets and digests: the native leaves and their portable twins give the same
# bytes, and refuse the same ranges with the same SQLSTATE, message, detail and hint. On generated texts.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/oracle.sh"
need_oracle
random_seed
pairs=${FOTA_LONG:+200000}
pairs=${pairs:-12000}

# Texts of the grammar's pieces, most of them almost right. answer(): what a range gives, or how it is refused.
SQL "
CREATE SCHEMA gen;
CREATE FUNCTION gen.pick(text[]) RETURNS text LANGUAGE sql VOLATILE AS
	'SELECT \$1[1 + floor(random() * cardinality(\$1))::int]';
CREATE FUNCTION gen.number() RETURNS text LANGUAGE sql VOLATILE AS
	\$\$SELECT CASE WHEN random() < 0.02 THEN repeat('0', floor(random() * 3)::int) || repeat('9', 98 + floor(random() * 4)::int)
		ELSE gen.pick('{0,1,1,2,3,9,10,12,007,00,100,2024,99999999999999999999}') END\$\$;
CREATE FUNCTION gen.identifier() RETURNS text LANGUAGE sql VOLATILE AS
	\$\$SELECT CASE WHEN random() < 0.4 THEN gen.number() ELSE gen.pick('{a,rc,RC,rc1,alpha,1a,-,--x,x-1,\"\",u_1,ü}') END\$\$;
CREATE FUNCTION gen.version() RETURNS text LANGUAGE plpgsql VOLATILE AS \$\$
DECLARE t text;
BEGIN
	IF random() < 0.06 THEN RETURN gen.pick('{trunk,8f3a1c,\"\",v,1,v2,1.,.1,1..2,1.2.3.4.5.6.7,\"1.0 \",ü1.0,2024-1-5}'); END IF;
	IF random() < 0.12 THEN
		t := gen.pick('{2024-01-05,2024.01.05,0000-00-00,2024-01-051,2024-13-99,v2023-12-31,2024-01-05.1}');
	ELSE
		t := gen.pick('{\"\",\"\",\"\",v,V,x}') || gen.number() || '.' || gen.number();
		FOR i IN 1 .. floor(random() * 5) - 1 LOOP t := t || '.' || gen.number(); END LOOP;
	END IF;
	IF random() < 0.15 THEN t := t || gen.pick('{a,b,Z,ab,é,_}'); END IF;
	IF random() < 0.3 THEN
		t := t || '-' || gen.identifier();
		WHILE random() < 0.4 LOOP t := t || '.' || gen.identifier(); END LOOP;
	END IF;
	IF random() < 0.2 THEN t := t || '+' || gen.identifier(); END IF;
	IF random() < 0.05 THEN t := t || '+' || gen.identifier() || '.' || gen.identifier(); END IF;
	RETURN t;
END\$\$;
CREATE FUNCTION gen.range() RETURNS text LANGUAGE plpgsql VOLATILE AS \$\$
DECLARE t text := '';
BEGIN
	FOR i IN 1 .. 1 + floor(random() * 4) LOOP
		t := t || gen.pick('{\"\",\"\",\" \",\"  \"}') || gen.pick('{\"\",\"\",=,!=,<,<=,>,>=,>= ,\"! =\",==}')
			|| CASE WHEN random() < 0.15 THEN gen.pick('{*,x,\"\",1.x,v1.X,1.2.*,10.x,1.2.3.4.5.x,1.2.3.4.5.6.x,2024-01-05.x,.x}')
				WHEN random() < 0.15 THEN gen.number() WHEN random() < 0.03 THEN repeat('ü', 20 + floor(random() * 40)::int)
				ELSE gen.version() END
			|| gen.pick(ARRAY[' ', ' ', ' || ', '||', '|', E'\\t', E'\\n', E'\\x01', '']);
	END LOOP;
	RETURN CASE WHEN random() < 0.7 THEN regexp_replace(t, '[ |\\t\\n]+\$', '') ELSE t END;
END\$\$;
CREATE FUNCTION gen.answer(schema text, version text, range text) RETURNS text LANGUAGE plpgsql STABLE AS \$\$
DECLARE v_answer text; v_state text; v_message text; v_detail text; v_hint text;
BEGIN
	EXECUTE format('SELECT %I.version_matches(\$1, \$2)', schema) INTO v_answer USING version, range;
	RETURN v_answer;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS v_state = RETURNED_SQLSTATE, v_message = MESSAGE_TEXT, v_detail = PG_EXCEPTION_DETAIL,
		v_hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' / ', v_state, v_message, v_detail, v_hint);
END\$\$;
SELECT setseed($(awk "BEGIN {print $SEED % 999983 / 999983}"));
CREATE TABLE gen.pair AS SELECT gen.version() AS a, gen.version() AS b, gen.range() AS range FROM generate_series(1, $pairs);
ANALYZE gen.pair;" >"$T/gen.log" || { cat "$T/gen.log"; bail "the generator does not load"; }
note "$pairs pairs"

is "keys are equal, byte for byte" "$(SQL "SELECT a, fota.version_key(a), fota_oracle.version_key(a) FROM gen.pair
	WHERE fota.version_key(a) IS DISTINCT FROM fota_oracle.version_key(a) LIMIT 3")" ""
is "versions compare equally" "$(SQL "SELECT a, b FROM gen.pair
	WHERE fota.version_compare(a, b) IS DISTINCT FROM fota_oracle.version_compare(a, b) LIMIT 3")" ""

# A total order, in each profile by itself: triples of neighbours in the list of pairs, and near ones (the same text but for its end).
SQL "CREATE TABLE gen.triple AS
	SELECT a, b, lead(a, 1, b) OVER () AS c FROM gen.pair
	UNION ALL SELECT a, a || gen.pick('{\"\",.0,.1,-1,-a,+1,b,.0.0-rc}'), a || gen.pick('{\"\",.0,.1,-1,-a,+1,b,.0.0-rc}') FROM gen.pair WHERE random() < 0.5;
	ANALYZE gen.triple" >"$T/triple.log" || { cat "$T/triple.log"; bail "triples"; }
note "$(SQL "SELECT count(*) FROM gen.triple") triples"
for schema in fota fota_oracle; do
	is "comparing versions is comparing keys ($schema)" "$(SQL "SELECT a, b FROM gen.triple WHERE $schema.version_compare(a, b) <>
		CASE WHEN $schema.version_key(a) < $schema.version_key(b) COLLATE \"C\" THEN -1 WHEN $schema.version_key(a) = $schema.version_key(b) THEN 0 ELSE 1 END LIMIT 3")" ""
	is "the order is antisymmetric, and a version equals itself ($schema)" "$(SQL "SELECT a, b FROM gen.triple
		WHERE $schema.version_compare(a, b) <> -$schema.version_compare(b, a) OR $schema.version_compare(a, a) <> 0 LIMIT 3")" ""
	is "the order is transitive ($schema)" "$(SQL "SELECT a, b, c FROM (
			SELECT *, $schema.version_compare(a, b) AS ab, $schema.version_compare(b, c) AS bc, $schema.version_compare(a, c) AS ac FROM gen.triple) t
		WHERE ab <= 0 AND bc <= 0 AND ac <> least(ab, bc) OR ab >= 0 AND bc >= 0 AND ac <> greatest(ab, bc) LIMIT 3")" ""
done

# semver.org's strings and orders.
SQL "CREATE TABLE gen.semver (version text, want text, why text);
	CREATE TABLE gen.chain (line text);
	\\copy gen.semver (version, want) FROM $FOTA_TOP/tests/vectors/version/semver-valid.tsv
	\\copy gen.semver FROM $FOTA_TOP/tests/vectors/version/semver-invalid.tsv
	\\copy gen.chain FROM $FOTA_TOP/tests/vectors/version/semver-order.txt" >"$T/semver.log" || { cat "$T/semver.log"; bail "vectors"; }
is "every string of semver.org's list of valid ones is there and parsable, every invalid one is there, too" \
	"$(SQL "SELECT count(*) FILTER (WHERE why IS NULL AND want = 'parsable'), count(*) FILTER (WHERE why <> '') FROM gen.semver")" "38|39"
for schema in fota fota_oracle; do
	is "each is to us what its line says ($schema)" "$(SQL "SELECT version, want, $schema.version_key(version) FROM gen.semver
		WHERE CASE want WHEN 'parsable' THEN '1' WHEN 'unparsable' THEN '0' ELSE 'x' END <> left($schema.version_key(version), 1)")" ""
	is "the orders of semver.org are ours, every pair in them ($schema)" "$(SQL "SELECT a.version, b.version FROM gen.chain,
		string_to_table(line, ' ') WITH ORDINALITY a (version, n), string_to_table(line, ' ') WITH ORDINALITY b (version, n)
		WHERE $schema.version_compare(a.version, b.version) <> sign(a.n - b.n)")" ""
done
is "ranges answer equally, refusals included" "$(SQL "SELECT a, range, gen.answer('fota', a, range), gen.answer('fota_oracle', a, range) FROM gen.pair
	WHERE gen.answer('fota', a, range) IS DISTINCT FROM gen.answer('fota_oracle', a, range) LIMIT 3")" ""
is "serial keys are equal" "$(SQL "SELECT a, fota.serial_key(a || range), fota_oracle.serial_key(a || range) FROM gen.pair
	WHERE fota.serial_key(a || range) IS DISTINCT FROM fota_oracle.serial_key(a || range) LIMIT 3")" ""
is "buckets are equal" "$(SQL "SELECT a, b FROM gen.pair WHERE fota.bucket(a, b) IS DISTINCT FROM fota_oracle.bucket(a, b) LIMIT 3")" ""
is "buckets are 0 to 9999, and spread" "$(SQL "SELECT min(fota.bucket(a, b)) >= 0, max(fota.bucket(a, b)) <= 9999, count(DISTINCT fota.bucket(a, b)) > 3000 FROM gen.pair")" "t|t|t"
is "digests are equal where both make them" "$(SQL "SELECT a FROM gen.pair, unnest('{md5,sha256}'::text[]) k
	WHERE fota.blob_digest(k, convert_to(a, 'UTF8')) IS DISTINCT FROM fota_oracle.blob_digest(k, convert_to(a, 'UTF8')) LIMIT 3")" ""
is "SHA-1 is right in C, and left to the worker in PL/pgSQL" \
	"$(SQL "SELECT fota.blob_digest('sha1', 'abc'), fota_oracle.blob_digest('sha1', 'abc') IS NULL")" \
	'\xa9993e364706816aba3e25717850c26c9cd0d89d|t'
is "an unknown digest is refused in the same words" "$(SQL "SELECT fota.blob_digest('crc', 'abc')" | grep -v CONTEXT)" \
	"$(SQL "SELECT fota_oracle.blob_digest('crc', 'abc')" | grep -v '^CONTEXT')"

# The generator reaches both sides of each question.
is "the pairs have every order" "$(SQL "SELECT count(DISTINCT fota.version_compare(a, b)) FROM gen.pair")" 3
is "the versions are parsable and not" "$(SQL "SELECT count(DISTINCT left(fota.version_key(a), 1)) FROM gen.pair")" 2
for kind in true false 'UF001 / version range, column [0-9]+: a test is missing' 'UF001 / version range, column [0-9]+: a version is missing' \
	'UF001 / version range, column [0-9]+: cannot be ordered:' 'UF001 / version range, column [0-9]+: "or" is written'; do
	ok "some range gives: $kind" test "$(SQL "SELECT count(*) FROM gen.pair WHERE gen.answer('fota', a, range) ~ \$\$^$kind\$\$")" -gt 0
done

# NULL in, NULL out.
for call in "version_key(NULL)" "version_compare('1.0', NULL)" "version_compare(NULL, '1.0')" "version_matches(NULL, '*')" \
	"version_matches('1.0', NULL)" "serial_key(NULL)" "bucket(NULL, 'x')" "bucket('x', NULL)" "blob_digest('md5', NULL)"; do
	is "$call is NULL in both" "$(SQL "SELECT fota.$call IS NULL, fota_oracle.$call IS NULL")" "t|t"
done

# What the portable profile leaves to the worker says so.
for call in "decode_payload('x', 'ihex', '{}')" "make_delta('a', 'b', 'bsdiff40')" "apply_delta('a', 'b', 'bsdiff40')"; do
	like "portable $call is refused with a hint" "$(SQL "SELECT fota_oracle.$call" -v VERBOSITY=verbose)" '0A000: .*HINT: .*fota'
done
is "make_delta and apply_delta undo each other" \
	"$(SQL "SELECT fota.apply_delta(s, fota.make_delta(s, t, 'bsdiff40'), 'bsdiff40') = t FROM (SELECT string_agg(a, '')::text::bytea AS s, string_agg(b, '')::text::bytea AS t FROM (SELECT regexp_replace(a, '[^a-z0-9.]', '', 'g') AS a, regexp_replace(b, '[^a-z0-9.]', '', 'g') AS b FROM gen.pair LIMIT 2000) p) x")" t
like "a damaged delta is a core error with a byte offset" \
	"$(SQL "SELECT fota.apply_delta('abc', substr(fota.make_delta('abc', 'abcd', 'bsdiff40'), 1, 40), 'bsdiff40')" -v VERBOSITY=verbose)" 'ERROR: +UF00[0-9]: '
like "an unknown delta format is refused with the known ones" "$(SQL "SELECT fota.make_delta('a', 'b', 'xdelta')" -v VERBOSITY=verbose)" '22023: .*bsdiff40'
# Functions on the values of native types and on files are in the native profile only.
leaves=$(sed -n 's/^CREATE FUNCTION fota\.\([a-z_0-9]*\)(.*/\1/p' "$FOTA_TOP/sql/50_leaf_c.sql" | sort -u | paste -sd,)
ok "there are leaves" test -n "$leaves"
is "every native leaf has a portable twin with the same arguments and result" "$(SQL "
	SELECT n.proname, n.prosrc FROM pg_proc n JOIN pg_language l ON l.oid = n.prolang AND l.lanname = 'c'
	WHERE n.pronamespace = 'fota'::regnamespace
		AND n.proname = ANY (string_to_array('$leaves', ',')) AND NOT 'fota.version'::regtype = ANY (n.prorettype || n.proargtypes::oid[])
		AND NOT EXISTS (
		SELECT FROM pg_proc o WHERE o.pronamespace = 'fota_oracle'::regnamespace AND o.proname = n.proname
			AND pg_get_function_arguments(o.oid) = pg_get_function_arguments(n.oid)
			AND pg_get_function_result(o.oid) = pg_get_function_result(n.oid)
			AND o.provolatile = n.provolatile AND o.proisstrict = n.proisstrict)")" ""
is "and the other way round" "$(SQL "SELECT string_agg(o.proname, ',') FROM pg_proc o WHERE o.pronamespace = 'fota_oracle'::regnamespace
	AND NOT EXISTS (SELECT FROM pg_proc n JOIN pg_language l ON l.oid = n.prolang AND l.lanname = 'c'
		WHERE n.pronamespace = 'fota'::regnamespace AND n.proname = o.proname)")" ""
done_testing
