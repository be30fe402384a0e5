#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# The catalogue of both profiles against the rules that hold for every object: a query per
# rule, which finds the offenders.
. "$(dirname "$0")/lib.sh"
export FOTA_PG_CONF='fsync = off'

# none NAME QUERY: passes when the query finds nothing.
none() { is "$1 ($PROFILE)" "$(SQL "$2")" ""; }

# statements SCHEMA FILE ...: the statements in C files that call functions of a schema, one per line, as the
# compiler joins them.
statements() {
	local schema=$1 file; shift
	for file in "$@"; do
		gcc -E -P -D_GNU_SOURCE -I/usr/include/postgresql -I"$FOTA_TOP/extension/core" -I"$FOTA_TOP/frontends" \
			-I"$FOTA_TOP/frontends/common" "$file"
	done | perl -0777 -ne '
		while (/((?:"(?:[^"\\\n]|\\.)*"\s*)+)/g) {
			my $joined = join "", map { s/\\(["\\])/$1/gr } $1 =~ /"((?:[^"\\\n]|\\.)*)"/g;
			print "$joined\n" if $joined =~ /^SELECT .*\b'"$schema"'\./;
		}'
}

# Functions of fota_device that no front-end of ours calls (yet).
UNCALLED='block_hashes changed_for'

ours="n.nspname IN ('fota', 'fota_device', 'fota_worker', 'fota_report', 'fota_past')"
table="c.relkind IN ('r', 'p') AND $ours"
# Base types and their arrays: the native profile has some, the portable one has none.
native_types="SELECT t.oid FROM pg_type t WHERE t.typnamespace = 'fota'::regnamespace AND (t.typtype = 'b' AND t.typelem = 0
	OR EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid AND e.typtype = 'b'))"

lint() {
	# --- tenancy
	# Server-wide settings are read, and only read, by all: a second policy.
	none "every table has row-level security and one policy for writing" "
		SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE $table AND (NOT c.relrowsecurity OR (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*') <> 1
			OR EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd NOT IN ('*', 'r')))"
	# tenant_name_key: names of tenants are unique on the server. member: the policies search it by role.
	none "tenant_id comes first in every primary and unique key" "
		SELECT i.indexrelid::regclass FROM pg_index i
		JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
		WHERE $table AND i.indisunique AND a.attname IS DISTINCT FROM 'tenant_id'
			AND i.indexrelid::regclass::text NOT IN ('fota.tenant_name_key', 'fota.member_pkey')"
	none "tenant_id comes first in every foreign key" "
		SELECT k.conrelid::regclass, k.conname FROM pg_constraint k
		JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
		WHERE $table AND k.contype = 'f' AND a.attname <> 'tenant_id'"
	none "tenant_id is never NULL" "
		SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE $table AND NOT EXISTS (SELECT FROM pg_attribute a
			WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnotnull)"
	none "text in keys compares by bytes" "
		SELECT DISTINCT i.indexrelid::regclass, a.attname FROM pg_index i
		JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attcollation <> 0
		WHERE $table AND a.attcollation <> 'pg_catalog.\"C\"'::regcollation"
	none "views show a caller only the rows that the policies show" "
		SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('v', 'm') AND $ours AND pg_get_viewdef(c.oid) !~ 'fota\.may_see\('
			AND NOT coalesce(c.reloptions, '{}') && '{security_invoker=true,security_invoker=on,security_invoker=1}'"

	# --- comments: they are the manual
	none "every table, view and sequence has a comment" "
		SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND $ours AND obj_description(c.oid, 'pg_class') IS NULL
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'i')"
	none "every column has a comment" "
		SELECT c.oid::regclass, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relkind IN ('r', 'p', 'v', 'm') AND $ours AND NOT c.relispartition AND col_description(c.oid, a.attnum) IS NULL"
	none "every function has a comment" "
		SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE $ours AND obj_description(p.oid, 'pg_proc') IS NULL"
	none "every trigger and policy has a comment" "
		SELECT t.tgrelid::regclass, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
		JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE $ours AND NOT t.tgisinternal AND t.tgparentid = 0 AND obj_description(t.oid, 'pg_trigger') IS NULL
		UNION ALL
		SELECT p.polrelid::regclass, p.polname FROM pg_policy p WHERE obj_description(p.oid, 'pg_policy') IS NULL"
	none "every type and schema has a comment" "
		SELECT t.oid::regtype::text FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
		LEFT JOIN pg_class c ON c.oid = t.typrelid
		WHERE $ours AND (t.typtype IN ('b', 'd', 'e', 'r') OR c.relkind = 'c') AND t.typelem = 0 AND obj_description(t.oid, 'pg_type') IS NULL
		UNION ALL
		SELECT n.nspname FROM pg_namespace n WHERE $ours AND obj_description(n.oid, 'pg_namespace') IS NULL"
	none "every operator, operator class and family, and cast has a comment" "
		SELECT o.oid::regoperator::text FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
		WHERE $ours AND obj_description(o.oid, 'pg_operator') IS NULL
		UNION ALL
		SELECT c.opcname FROM pg_opclass c JOIN pg_namespace n ON n.oid = c.opcnamespace WHERE $ours AND obj_description(c.oid, 'pg_opclass') IS NULL
		UNION ALL
		SELECT f.opfname FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace WHERE $ours AND obj_description(f.oid, 'pg_opfamily') IS NULL
		UNION ALL
		SELECT c.castsource::regtype || ' as ' || c.casttarget::regtype FROM pg_cast c JOIN pg_type t ON t.oid IN (c.castsource, c.casttarget)
		JOIN pg_namespace n ON n.oid = t.typnamespace WHERE $ours AND obj_description(c.oid, 'pg_cast') IS NULL"
	# Native types are for tables and queries of users: what the portable profile has, too, cannot know them.
	none "no table, view or function mentions a type of the native profile" "
		SELECT c.oid::regclass::text, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE $ours AND a.atttypid IN ($native_types)
		UNION ALL
		SELECT p.oid::regprocedure::text, p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE $ours AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
			AND (p.prorettype IN ($native_types) OR p.proargtypes::oid[] && ARRAY($native_types) OR p.prosrc ~ '\mfota\.version\M(?!\()')"

	# --- functions
	none "SECURITY DEFINER is for fota_device, fota_worker and triggers" "
		SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE $ours AND p.prosecdef AND n.nspname NOT IN ('fota_device', 'fota_worker')
			AND NOT (n.nspname = 'fota' AND p.prorettype = 'trigger'::regtype)"
	none "every function of fota_device and fota_worker is SECURITY DEFINER" "
		SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE n.nspname IN ('fota_device', 'fota_worker') AND NOT p.prosecdef"
	none "every SECURITY DEFINER function pins its search_path" "
		SELECT p.oid::regprocedure, p.proconfig FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE $ours AND p.prosecdef AND NOT coalesce(p.proconfig, '{}') @> '{\"search_path=pg_catalog, pg_temp\"}'"
	none "no function goes by the text of its context, which servers translate" "
		SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE $ours AND p.prosrc ~ 'PG_(EXCEPTION_)?CONTEXT'"
	none "no function is set up with fota.tenant" "
		SELECT p.oid::regprocedure FROM pg_proc p WHERE array_to_string(p.proconfig, ' ') ~ 'fota\.'"
	none "fota_definer owns fota_device and fota_worker and their functions, and nothing else" "
		SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE $ours AND (n.nspname IN ('fota_device', 'fota_worker')) <> (p.proowner = 'fota_definer'::regrole)
		UNION ALL
		SELECT n.nspname FROM pg_namespace n
		WHERE $ours AND (n.nspname IN ('fota_device', 'fota_worker')) <> (n.nspowner = 'fota_definer'::regrole)
		UNION ALL
		SELECT c.oid::regclass::text FROM pg_class c WHERE c.relowner = 'fota_definer'::regrole"
	none "no role of ours is superuser or passes row-level security by, and none can log in" "
		SELECT r.rolname FROM pg_roles r WHERE r.rolname IN ('fota_definer', 'fota_frontend', 'fota_worker', 'fota_operator', 'fota_auditor')
			AND (r.rolsuper OR r.rolbypassrls OR r.rolcanlogin OR r.rolcreaterole OR r.rolcreatedb)"
	none "functions of fota_device and fota_worker return status text first" "
		SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE n.nspname IN ('fota_device', 'fota_worker') AND (
			SELECT m.name || ' ' || m.type::regtype FROM unnest(p.proargmodes, p.proargnames, p.proallargtypes) WITH ORDINALITY m (mode, name, type, n)
			WHERE m.mode = 't' ORDER BY m.n LIMIT 1) IS DISTINCT FROM 'status text'"
	none "nothing of ours is outside our schemas" "
		SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT $ours
		UNION ALL
		SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND NOT $ours"

	# --- what programs may do: the functions of their schema, all of them, and nothing else
	for pair in fe:fota_device wk:fota_worker; do
		local login=${pair%:*} schema=${pair#*:}
		none "$login may execute exactly the functions of $schema" "
			SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
			WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
				AND (has_schema_privilege('$login', n.oid, 'USAGE') AND has_function_privilege('$login', p.oid, 'EXECUTE'))
					<> (n.nspname = '$schema')"
		none "$login may touch no table, view or sequence, and create nothing" "
			SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE $ours AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege('$login', c.oid, 'USAGE, SELECT, UPDATE')
				WHEN c.relkind IN ('r', 'p', 'v', 'm') THEN has_table_privilege('$login', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
					OR has_any_column_privilege('$login', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') END
			UNION ALL
			SELECT n.nspname FROM pg_namespace n WHERE $ours AND has_schema_privilege('$login', n.oid, 'CREATE')"
	done
	none "PUBLIC may use none of our schemas, tables, device and trigger functions" "
		SELECT n.nspname FROM pg_namespace n WHERE $ours AND has_schema_privilege('public', n.oid, 'USAGE, CREATE')
		UNION ALL
		SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm') AND $ours AND has_table_privilege('public', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
		UNION ALL
		SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE (n.nspname IN ('fota_device', 'fota_worker') OR $ours AND p.prorettype = 'trigger'::regtype)
			AND has_function_privilege('public', p.oid, 'EXECUTE')"
	none "operators write only the rows of tenants, never history, audit or who sees what" "
		SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE $table AND has_table_privilege('op', c.oid, 'INSERT, UPDATE, DELETE')
			AND c.relname ~ '^(tenant|member|epoch|change|row_version|audit|device_change|report|report_.*|device_history|device_history_.*|history_edge)\$'
		UNION ALL
		SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE $table AND has_table_privilege('op', c.oid, 'TRUNCATE, REFERENCES, TRIGGER')"

	# --- programs: every statement that they prepare, prepared as their role
	local called
	for pair in fe:fota_device:common wk:fota_worker:worker; do
		IFS=: read -r login schema folder <<<"$pair"
		statements "$schema" "$FOTA_TOP/frontends/$folder"/*.c >"$T/statements"
		called=$(grep -oE "$schema"'\."?[a-z_]+' "$T/statements" | tr -d '"' | sed 's/.*\.//' | sort -u)
		is "every statement of frontends/$folder fits a function of $schema ($PROFILE)" \
			"$(awk '{ print "PREPARE s" NR " AS " $0 ";" }' "$T/statements" | PGUSER=$login "$(cluster_bin "$C")/psql" -Xq 2>&1)" ""
		is "every function of $schema is called from there, or known not to be ($PROFILE)" \
			"$(SQL "SELECT p.proname FROM pg_proc p WHERE p.pronamespace = '$schema'::regnamespace" | sort -u)" \
			"$(printf '%s\n' $called $([ "$schema" = fota_device ] && echo "$UNCALLED") | sort -u)"
	done
}

# What both profiles must have alike, one object per line: all but the bodies, languages and owner of the leaves, and
# what the extension has besides them: native types and what is for people who have it.
leaves=$(cd "$FOTA_TOP/sql/50_leaf_plpgsql" && ls | sed 's/\.sql$//' | paste -sd, -)
SCHEMA_TEXT="
SELECT 'function', concat_ws(' ', p.oid::regprocedure, pg_get_function_arguments(p.oid), '->', pg_get_function_result(p.oid),
	p.provolatile, p.prosecdef, p.proconfig, p.proacl, obj_description(p.oid, 'pg_proc'),
	CASE WHEN p.proname <> ALL ('{$leaves}') THEN concat_ws(' ', p.proowner::regrole, md5(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc))) END)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE $ours AND p.proname <> 'install'
	AND NOT p.proargtypes::oid[] && ARRAY($native_types) AND (p.proname = ANY ('{$leaves}')
	OR NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'))
UNION ALL
SELECT 'relation', concat_ws(' ', c.oid::regclass, c.relkind, c.relowner::regrole, c.relacl, c.reloptions, obj_description(c.oid, 'pg_class'))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE $ours
UNION ALL
SELECT 'column', concat_ws(' ', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attstorage,
	a.attcollation::regcollation, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE $ours AND c.relkind IN ('r', 'p', 'v')
UNION ALL
SELECT 'constraint', concat_ws(' ', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE $ours
UNION ALL
SELECT 'index', pg_get_indexdef(i.indexrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE $ours
UNION ALL
SELECT 'trigger', concat_ws(' ', pg_get_triggerdef(t.oid), obj_description(t.oid, 'pg_trigger'))
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE $ours AND NOT t.tgisinternal
UNION ALL
SELECT 'policy', concat_ws(' ', p.polrelid::regclass, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) FROM pg_policy p
UNION ALL
SELECT 'view', concat_ws(' ', c.oid::regclass, pg_get_viewdef(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE $ours AND c.relkind = 'v'
UNION ALL
SELECT 'schema', concat_ws(' ', n.nspname, n.nspowner::regrole, n.nspacl, obj_description(n.oid, 'pg_namespace')) FROM pg_namespace n WHERE $ours
ORDER BY 1, 2"

for profile in native portable; do
	need_cluster "$profile" "$profile"
	lint
	SQL "$SCHEMA_TEXT" >"$T/schema.$profile"
	cluster_stop "$C" immediate
done
ok "there is a schema to compare" test "$(wc -l <"$T/schema.native")" -gt 500
is "both profiles have the same tables, functions, triggers, policies and privileges" \
	"$(diff "$T/schema.native" "$T/schema.portable")" ""
done_testing
