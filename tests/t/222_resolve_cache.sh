#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# The compiled catalogue that a session keeps: never stale, never that of a transaction that may still fail, never
# another tenant's, never larger than allowed, and read as the owner without the caller's operators.
. "$(dirname "$0")/lib.sh"
need_cluster native
PGUSER=postgres SQL "GRANT pg_read_all_stats TO fota_dba" >/dev/null # to look at memory contexts

# A model with versions 1.0 to 4.0 and an active rule that asks for 1.0, in tenants 1 and 2.
for tenant in 1 2; do
	SQL "SET fota.tenant = '$tenant'; $([ $tenant = 1 ] || echo "INSERT INTO fota.tenant (tenant_id, name) VALUES (2, 'other');")
	SELECT fota.add_model('m', '{app}');
	SELECT fota.add_image('m', 'app', v, v::bytea, '{\"format\": \"raw\"}') FROM unnest('{1.0,2.0,3.0,4.0}'::text[]) v;
	SELECT fota.add_release('r', 'm', '{\"app\": \"1.0\"}');
	INSERT INTO fota.rule (name, release, model) VALUES ('rule', 'r', 'm');
	SELECT fota.start_rollout('rule');
	INSERT INTO fota.device (device_id, model, serial) VALUES ($tenant, 'm', 'S1');" >"$T/setup.log" || { cat "$T/setup.log"; bail "setup"; }
done
now() { echo "SELECT r.version FROM fota.resolve_many(${1:-1}, '{${1:-1}}', now()) r;"; }
to() { echo "UPDATE fota.release_item SET version = '$1' WHERE tenant_id = 1;"; }
elsewhere() { echo "\\! \"$(cluster_bin "$C")/psql\" -X -q -d fota -c \"$1\""; }
kept="SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'fota catalogue';"
lines() { SQL "$1" | paste -sd' '; }

is "one catalogue is kept after the first call" "$(lines "$kept $(now) $(now) $kept")" "0 1.0 1.0 1"
is "a commit elsewhere is seen by the next call" "$(lines "$(now) $(now)
$(elsewhere "$(to 2.0)")
$(now)")" "1.0 1.0 2.0"
is "REPEATABLE READ sees the catalogue of its snapshot, and the new one afterwards" "$(lines "$(now) BEGIN ISOLATION LEVEL REPEATABLE READ; $(now)
$(elsewhere "$(to 3.0)")
$(now) COMMIT; $(now)")" "2.0 2.0 2.0 3.0"
is "a session that first asks in an old snapshot is not stale later" "$(lines "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;
$(elsewhere "$(to 4.0)")
$(now) COMMIT; $(now)")" "1 3.0 4.0"
is "a transaction sees its own change at once, others do not" "$(lines "$(now) BEGIN; $(to 1.0) $(now)
$(elsewhere "$(now)" | sed 's/ -q / -q -At /')
COMMIT; $(now)")" "4.0 1.0 4.0 1.0"
is "what was rolled back is forgotten" "$(lines "$(now) BEGIN; $(to 2.0) $(now) ROLLBACK; $(now)")" "1.0 2.0 1.0"
is "what was rolled back to a savepoint is forgotten" \
	"$(lines "$(now) BEGIN; $(now) SAVEPOINT s; $(to 2.0) $(now) ROLLBACK TO s; $(now) COMMIT; $(now)")" "1.0 1.0 2.0 1.0 1.0"
is "an epoch that only this transaction sees is not kept under its number" "$(lines "$(now) BEGIN; $(to 2.0)
SET CONSTRAINTS ALL IMMEDIATE; $(now) $kept ROLLBACK;
$(elsewhere "$(to 3.0)")
$(now)")" "1.0 2.0 1 3.0"
is "nothing is kept while a change is open" "$(lines "BEGIN; $(to 2.0) $(now) $kept ROLLBACK;")" "2.0 0"
is "a new epoch takes the place of the old one" "$(lines "$(now) $(to 1.0) $(now) $(now 2) $kept")" "3.0 1.0 1.0 2"
is "SERIALIZABLE sees its snapshot, too" "$(lines "$(now) BEGIN ISOLATION LEVEL SERIALIZABLE; $(now)
$(elsewhere "$(to 2.0)")
$(now) COMMIT; $(now)")" "1.0 1.0 1.0 2.0"
is "a draft that is thrown away while another session commits leaves nothing behind" "$(lines "$(now) BEGIN; $(to 3.0) $(now)
$(elsewhere "UPDATE fota.rule SET priority = 7 WHERE tenant_id = 2;")
$(now) ROLLBACK; $(now)
$(elsewhere "$(to 1.0)")
$(now)")" "2.0 3.0 3.0 2.0 1.0"
is "a change within a change: only what was rolled back to is forgotten" "$(lines "BEGIN; $(to 2.0) $(now) SAVEPOINT s; $(to 3.0) $(now)
ROLLBACK TO s; $(now) RELEASE s; $(now) ROLLBACK; $(now)")" "2.0 3.0 2.0 2.0 1.0"
is "ALTER TABLE on the tables of rules is survived, elsewhere and here" "$(lines "$(now)
$(elsewhere "ALTER TABLE fota.rule ADD COLUMN note text; ALTER TABLE fota.release_item ALTER COLUMN version TYPE varchar(200)")
$(now) ALTER TABLE fota.release_item ALTER COLUMN version TYPE text; ALTER TABLE fota.rule DROP COLUMN note; $(now)
BEGIN; ALTER TABLE fota.release_item ADD COLUMN note text; $(to 2.0) $(now) ROLLBACK; $(now)")" "1.0 1.0 1.0 2.0 1.0"
is "a paused and resumed rule is seen" "$(lines "$(now) SELECT fota.pause_rollout('rule'); $(now) SELECT fota.resume_rollout('rule'); $(now)" | tr -s ' ')" "1.0 1.0"

# --- whose it is --------------------------------------------------------------------------------
like "a kept catalogue is not shown to a role that may not see the tenant" "$(PGUSER=postgres lines "$(now 2) $(now 1) SET ROLE op; $(now 1) $(now 2)")" \
	'^1.0 1.0 1.0 .*tenant 2 is not visible'
is "an operator's call fills what the owner then uses" "$(PGUSER=postgres lines "SET ROLE op; $(now) SET ROLE fota_dba; $(now) $kept")" "1.0 1.0 1"
is "two roles in one backend, each of its own tenant, never see each other's" "$(PGUSER=postgres lines "CREATE ROLE op2; GRANT fota_operator TO op2;
INSERT INTO fota.member (role, tenant_id) VALUES ('op2', 2);
$(elsewhere "UPDATE fota.release_item SET version = '4.0' WHERE tenant_id = 2;")
SET ROLE op; $(now) SET ROLE op2; $(now 2) SET ROLE op; $(now) SET ROLE op2; $(now 2)
\\set ON_ERROR_STOP 0
$(now)" | sed 's/psql.*ERROR/ERROR/; s/ DETAIL.*//')" "1.0 4.0 1.0 4.0 ERROR:  tenant 1 is not visible"
is "devices are read with the caller's rights" "$(PGUSER=op lines "$(now) SELECT count(*) FROM fota.resolve_many(1, '{1,2}', now());")" "1.0 1"
PGUSER=postgres SQL "CREATE SCHEMA trap AUTHORIZATION op; GRANT USAGE ON SCHEMA trap TO PUBLIC" >/dev/null
PGUSER=op SQL "CREATE FUNCTION trap.text_eq(text, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN
		IF current_user <> ''op'' THEN RAISE EXCEPTION ''run as %'', current_user; END IF; RETURN \$1 OPERATOR(pg_catalog.=) \$2; END';
	CREATE FUNCTION trap.int_eq(int, int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN
		IF current_user <> ''op'' THEN RAISE EXCEPTION ''run as %'', current_user; END IF; RETURN \$1 OPERATOR(pg_catalog.=) \$2; END';
	CREATE FUNCTION trap.big_eq(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN
		IF current_user <> ''op'' THEN RAISE EXCEPTION ''run as %'', current_user; END IF; RETURN \$1 OPERATOR(pg_catalog.=) \$2; END';
	CREATE FUNCTION trap.lower(anyrange) RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''run as %'', current_user; END';
	CREATE OPERATOR trap.= (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.text_eq);
	CREATE OPERATOR trap.= (LEFTARG = int, RIGHTARG = int, FUNCTION = trap.int_eq);
	CREATE OPERATOR trap.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = trap.big_eq);
	CREATE DOMAIN trap.text AS int; CREATE DOMAIN trap.numeric AS int; CREATE DOMAIN trap.int4 AS boolean" >"$T/trap.log"
is "the trap is laid" "$(cat "$T/trap.log")" ""
like "it works" "$(PGUSER=postgres SQL "SET search_path = trap, pg_catalog; SELECT 'a'::pg_catalog.text = 'a'::pg_catalog.text")" 'run as postgres'
is "the catalogue is read without what the caller's search_path puts before pg_catalog" \
	"$(PGUSER=op lines "SET search_path = trap, pg_catalog; $(now)")" "1.0"

SQL "CREATE POLICY hidden ON fota.rule AS RESTRICTIVE TO op USING (false); REVOKE SELECT ON fota.image FROM fota_operator" >/dev/null
is "what is kept does not depend on what the caller may read of the catalogue" "$(PGUSER=op lines "SELECT count(*) FROM fota.rule; $(now)")" "0 1.0"
SQL "DROP POLICY hidden ON fota.rule; GRANT SELECT ON fota.image TO fota_operator" >/dev/null

# --- what the keys of the tables may not show ---------------------------------------------------------
SQL "INSERT INTO fota.device (device_id, model, serial) VALUES (101, 'm', 'S101')" >/dev/null
by_owner() { elsewhere "$1" | sed 's/^.! /&PGUSER=fota_dba /'; }
both="SELECT string_agg(r.device_id::text, ' ' ORDER BY 1) FROM fota.resolve_many(1, '{1,101}', now()) r;"
all="SELECT string_agg(r.device_id::text, ' ' ORDER BY 1) FROM fota.resolve_many(1, NULL, now()) r;"
is "one more policy on a table of devices holds for a session that has read it by its keys" "$(PGUSER=op lines "$both
$(by_owner "CREATE POLICY fewer ON fota.device AS RESTRICTIVE TO op USING (serial <> 'S101')")
$both $all
$(by_owner "DROP POLICY fewer ON fota.device")
$both")" "1 101 1 1 1 101"
is "rows of other tables that a policy hides are not there" "$(PGUSER=postgres lines "UPDATE fota.device_contents SET version = '9.0' WHERE false;
INSERT INTO fota.device_contents (tenant_id, device_id, component, present, version) VALUES (1, 101, 'app', true, '9.0');
SET ROLE op; SELECT r.reason FROM fota.resolve_many(1, '{101}', now()) r;
$(by_owner "CREATE POLICY none ON fota.device_contents AS RESTRICTIVE TO op USING (false)")
SELECT r.verdict FROM fota.resolve_many(1, '{101}', now()) r;
$(by_owner "DROP POLICY none ON fota.device_contents")
SELECT r.reason FROM fota.resolve_many(1, '{101}', now()) r;" | tr -s ' ')" "ahead install ahead"
like "who may not read a table of devices is told so" "$(PGUSER=op lines "$both
$(by_owner "REVOKE SELECT ON fota.action FROM fota_operator")
\\set ON_ERROR_STOP 0
$both
$(by_owner "GRANT SELECT ON fota.action TO fota_operator")
$both")" '^1 101 .*permission denied for table action.* 1 101$'
like "who is no member any more is shown nothing at the next call" "$(PGUSER=op lines "$both
$(by_owner "DELETE FROM fota.member WHERE role = 'op' AND tenant_id = 1")
\\set ON_ERROR_STOP 0
$both
$(by_owner "INSERT INTO fota.member (role, tenant_id) VALUES ('op', 1)")
$both")" '^1 101 .*tenant 1 is not visible.* 1 101$'
is "a table of devices may get columns and lose them, and have its key rebuilt" "$(lines "$both
$(by_owner "ALTER TABLE fota.device ADD COLUMN note text; ALTER TABLE fota.device_contents ADD COLUMN note text")
$both ALTER TABLE fota.device DROP COLUMN note; ALTER TABLE fota.device_contents DROP COLUMN note; $both
REINDEX TABLE fota.device; $both")" "1 101 1 101 1 101 1 101"
queries="SELECT count(*) > 0 FROM pg_backend_memory_contexts WHERE ident LIKE '%FROM fota.device %' AND ident NOT LIKE '%pg_backend%';"
for role in fota_dba op fota_definer; do
	is "nobody needs a query to read devices, whatever binds the role: $role" \
		"$(PGUSER=postgres lines "SET fota.tenant = '1'; SET ROLE $role; $both RESET ROLE; $queries")" "1 101 f"
done
is "it shows when one is needed" "$(PGUSER=postgres lines "CREATE POLICY fewer ON fota.device AS RESTRICTIVE TO op USING (serial <> 'S101');
	SET ROLE op; $both RESET ROLE; $queries DROP POLICY fewer ON fota.device")" "1 t"
SQL "DELETE FROM fota.device WHERE tenant_id = 1 AND device_id = 101" >/dev/null

# --- how large ----------------------------------------------------------------------------------
is "fota.cache_mb = 0 keeps nothing and answers the same" "$(lines "SET fota.cache_mb = 0; $(now) $(now) $kept")" "1.0 1.0 0"
SQL "SET fota.tenant = '1';
	INSERT INTO fota.rule (name, release, model, seed) SELECT 'big ' || n, 'r', 'm', repeat('x', 64) FROM generate_series(1, 6000) n" >/dev/null
SQL "INSERT INTO fota.tenant (tenant_id, name) SELECT n, 't' || n FROM generate_series(3, 40) n;
	INSERT INTO fota.model (tenant_id, model) SELECT n, 'm' FROM generate_series(3, 40) n;
	INSERT INTO fota.device (tenant_id, device_id, model, serial) SELECT n, n, 'm', 'S' FROM generate_series(3, 40) n" >/dev/null
PGUSER=postgres SQL "SET session_replication_role = replica; UPDATE fota.rule SET state = 'active' WHERE tenant_id = 1; UPDATE fota.epoch SET epoch = epoch + 1" >/dev/null
size="SELECT count(*) FILTER (WHERE name = 'fota catalogue'), sum(total_bytes) FILTER (WHERE name IN ('fota catalogue', 'fota model')) <= 1 << 20 FROM pg_backend_memory_contexts;"
is "a catalogue larger than fota.cache_mb is used, and not kept" "$(lines "SET fota.cache_mb = 1; $(now) $kept")" "1.0 0"
is "and kept when it is smaller" "$(lines "SET fota.cache_mb = 100; $(now) $kept")" "1.0 1"
is "lowering the limit forgets at the next call" "$(lines "SET fota.cache_mb = 100; $(now) SET fota.cache_mb = 1; $(now 2) $kept")" "1.0 4.0 1"
like "many tenants stay below the limit, the last used being kept" "$(lines "SET fota.cache_mb = 1;
	DO 'DECLARE n int; BEGIN FOR n IN 3 .. 40 LOOP PERFORM FROM fota.resolve_many(n, NULL, now()); END LOOP; END'; $size")" '^[0-9]+\|t$'

# --- errors -------------------------------------------------------------------------------------
SQL "INSERT INTO fota.device (tenant_id, device_id, model, serial) SELECT 1, 1000 + n, 'm', 'D' || n FROM generate_series(1, 20000) n" >/dev/null
like "a call that is canceled leaves the session whole, and the catalogue free to be forgotten" "$(lines "$(now)
\\set ON_ERROR_STOP 0
SET statement_timeout = '5ms'; SELECT count(*) FROM fota.resolve_many(1, NULL, now()); RESET statement_timeout;
$(now) $kept SET fota.cache_mb = 0; $(now) $kept")" '^1.0 .*statement timeout .*1.0 1 1.0 0$'
like "inside a transaction, too" "$(lines "BEGIN; $(now) SAVEPOINT s;
\\set ON_ERROR_STOP 0
SET LOCAL statement_timeout = '5ms'; SELECT count(*) FROM fota.resolve_many(1, NULL, now());
ROLLBACK TO s; SET fota.cache_mb = 0; $(now) COMMIT; $kept")" '^1.0 .*statement timeout .*1.0 0$'

# --- maintenance --------------------------------------------------------------------------------
for i in 1 2 3; do
	(for n in $(seq 25); do PGUSER=postgres SQL "ANALYZE fota.device; ANALYZE fota.device_contents; ANALYZE fota.action; ANALYZE fota.action_item;
		ANALYZE fota.device_report_state; VACUUM fota.epoch; VACUUM fota.change"; done >/dev/null 2>&1) &
done
got=$(SQL "DO \$\$ BEGIN FOR i IN 1 .. 12000 LOOP PERFORM count(*) FROM fota.resolve_many(1, ARRAY[1 + i % 50]::bigint[], now()); COMMIT; END LOOP; END \$\$")
wait
is "VACUUM and ANALYZE of the tables of devices do not disturb those who ask" "$got" ""

# --- another schema -----------------------------------------------------------------------------
is "a new installation in the same session is not taken for the old one" "$(lines "SET client_min_messages = error; $(now)
DROP EXTENSION fota CASCADE; DROP SCHEMA fota, fota_device, fota_worker, fota_report, fota_past CASCADE;
CREATE EXTENSION fota; CALL fota.install();
INSERT INTO fota.model (model) VALUES ('m'); INSERT INTO fota.device (device_id, model, serial) VALUES (1, 'm', 'S1');
ALTER TABLE fota.epoch DISABLE TRIGGER USER; UPDATE fota.epoch SET epoch = $(SQL 'SELECT epoch FROM fota.epoch WHERE tenant_id = 1');
SELECT verdict, reason FROM fota.resolve_many(1, '{1}', now());")" "1.0 keep|no_rule"
done_testing
