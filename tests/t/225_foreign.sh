#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Every function of schemas fota and fota_past, called by an operator of one tenant with the numbers of another's: for every
# argument a value that is good for a row of the other tenant. Nothing may come out of it that only the other
# tenant has, and nothing of the other's may change. The calls are made of the catalogue, so that a new function
# is among them at once.
. "$(dirname "$0")/lib.sh"
export FOTA_PG_CONF='fsync = off'

# The caller knows names and numbers that have KNOWN in them; what is marked SECRET must not be seen.
OTHERS="
INSERT INTO fota.tenant (name) VALUES ('acme');
SET fota.tenant = '2';
SELECT fota.add_model('KNOWNMODEL', '{KNOWNPART,SECRETPART}');
UPDATE fota.model SET description = 'SECRET' WHERE model = 'KNOWNMODEL';
SELECT fota.add_image('KNOWNMODEL', 'KNOWNPART', v, convert_to('SECRET bytes ' || v, 'UTF8'), '{\"format\": \"raw\", \"file_name\": \"SECRET\"}')
FROM unnest('{1.0-SECRET,2.0}'::text[]) v;
SELECT fota.add_release('SECRETRELEASE', 'KNOWNMODEL', '{\"KNOWNPART\": \"2.0\"}');
INSERT INTO fota.device (model, serial, name, attributes) VALUES ('KNOWNMODEL', 'SECRETSERIAL', 'KNOWNDEVICE', '{\"SECRET\": 1}'), ('KNOWNMODEL', 'SECRETCHILD', NULL, '{}');
UPDATE fota.device SET parent_id = 1 WHERE serial = 'SECRETCHILD';
INSERT INTO fota.rule (name, release) VALUES ('KNOWNRULE', 'SECRETRELEASE'), ('SECRETDRAFT', 'SECRETRELEASE');
SELECT fota.start_rollout('KNOWNRULE');
SELECT fota.add_credential('KNOWNDEVICE', 'token', 'SECRETTOKEN', sha256('t'), NULL, NULL);
SELECT fota.upload_begin(sha256('SECRET bytes'), 12);
SELECT fota.upload_chunk(max(upload_id), 0, 'SECRET bytes') FROM fota.upload;
SELECT fota_device.inventory(2, 1, '{\"KNOWNPART\": {\"version\": \"1.0-SECRET\"}}', '{\"formats\": [[0], [1]]}', NULL, NULL, 'SECRETHW', 'native', now());
SELECT fota_device.open_action(2, 1, 'https', now());
SELECT fota_device.report(2, 1, NULL, 1, 1, 1, NULL, 'SECRET text', NULL, NULL, now());
INSERT INTO fota.job (tenant_id, kind, spec) VALUES (2, 'digest', '{\"SECRET\": 1}');
INSERT INTO fota.setting (tenant_id, name, value) VALUES (2, 'delta_wait', '123 days');"
SECRET="SECRET|123 days|$(printf SECRET | od -An -tx1 | tr -d ' \n')"

# A row of the other tenant, of any table, as hash.
STATE="SELECT format('SELECT %L, md5(string_agg(t::text, chr(10) ORDER BY t::text COLLATE \"C\")) FROM %s t WHERE tenant_id = 2', c.oid::regclass, c.oid::regclass)
FROM pg_class c WHERE c.relnamespace = 'fota'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname \\gexec"

# The calls: arguments by name where the name tells what is meant, else by type; composite ones are a row of the
# other tenant as its owner sees it. What waits or is for the owner only is left out, and what SQL cannot call.
CALLS="
SELECT 'SET fota.as_of = ''2 1000'';'
UNION ALL
(WITH arg AS (
	SELECT p.oid, a.n, coalesce(p.proargnames[a.n], '') AS name, a.type::regtype AS type
	FROM pg_proc p, unnest(p.proargtypes) WITH ORDINALITY a (type, n)
	WHERE p.pronamespace IN ('fota'::regnamespace, 'fota_past'::regnamespace)
), value AS (
	SELECT oid, n, CASE
		WHEN type = 'fota.device_case'::regtype THEN 'fota.device_case(2, 1, now(), 1)'
		WHEN type = 'fota.component_case'::regtype THEN '(fota.component_cases(fota.device_case(2, 1, now(), 1)))[1]'
		WHEN type = 'fota.component_case[]'::regtype THEN 'fota.component_cases(fota.device_case(2, 1, now(), 1))'
		WHEN EXISTS (SELECT FROM pg_class c WHERE c.reltype = type::oid AND c.relnamespace = 'fota'::regnamespace)
			THEN format('(SELECT t FROM %s t LIMIT 1)', type)
		WHEN name = 'tenant_id' THEN '2'
		WHEN name IN ('device_id', 'gateway_id', 'rule_id', 'action', 'item', 'job_id', 'upload_id', 'blob_id', 'credential_id', 'wave') THEN '1'
		WHEN name = 'device_ids' THEN '''{1,2}'''
		WHEN name = 'name' AND oid = 'fota.get_setting(int,text)'::regprocedure THEN '''delta_wait'''
		WHEN name IN ('device', 'name') THEN '''KNOWNDEVICE'''
		WHEN name = 'rule' THEN '''KNOWNRULE'''
		WHEN name = 'model' THEN '''KNOWNMODEL'''
		WHEN name = 'component' THEN '''KNOWNPART'''
		WHEN name = 'version' THEN '''2.0'''
		WHEN name IN ('sha256', 'target', 'source', 'payload_sha256', 'digest') THEN 'sha256(''SECRET bytes 2.0'')'
		WHEN name = 'state' AND type = 'int'::regtype THEN '5'
		WHEN name = 'at' THEN 'now()'
		WHEN name = 'body' THEN '''{\"status\": {\"execution\": \"closed\", \"result\": {\"finished\": \"failure\"}}, \"data\": {\"x\": \"y\"}}'''
		WHEN type = 'boolean'::regtype THEN 'true'
		WHEN type IN ('int'::regtype, 'bigint'::regtype) THEN '1'
		WHEN type = 'jsonb'::regtype THEN '''{}'''
		WHEN type = 'text'::regtype THEN '''x'''
		ELSE 'NULL' END || '::' || type AS value
	FROM arg
)
SELECT format('SELECT * FROM %s.%I(%s);', p.pronamespace::regnamespace, p.proname, coalesce(string_agg(v.value, ', ' ORDER BY v.n), ''))
FROM pg_proc p LEFT JOIN value v USING (oid)
WHERE p.pronamespace IN ('fota'::regnamespace, 'fota_past'::regnamespace) AND p.prorettype <> 'trigger'::regtype AND p.prokind = 'f'
	AND NOT p.proargtypes::oid[] && ARRAY['internal'::regtype::oid, 'cstring'::regtype::oid]
GROUP BY p.oid, p.proname, p.pronamespace ORDER BY p.pronamespace, p.proname, p.oid)"

for profile in native portable; do
	need_cluster "$profile" "$profile"
	SQL "$OTHERS" >"$T/others.log" || { cat "$T/others.log"; bail "others"; }
	SQL "$CALLS" >"$T/calls.sql"
	SQL "$STATE" >"$T/before"
	ok "there are calls to make ($PROFILE)" test "$(wc -l <"$T/calls.sql")" -gt 60
	# The owner of the tables, who may, shows that the calls reach what they are meant to.
	{ echo 'BEGIN;'; sed "s/.*/SAVEPOINT s; & ROLLBACK TO s;/" "$T/calls.sql"; echo 'ROLLBACK;'; } |
		"$(cluster_bin "$C")/psql" -XAtq -d fota -v SHOW_CONTEXT=never >"$T/owner.out" 2>&1
	ok "the owner, who may, gets much of it by the same calls ($PROFILE)" test "$(grep -cE "$SECRET" "$T/owner.out")" -gt 7
	PGUSER=op "$(cluster_bin "$C")/psql" -XAtq -d fota -v SHOW_CONTEXT=never -f "$T/calls.sql" >"$T/operator.out" 2>&1
	is "an operator of another tenant gets nothing of it, in no answer and no message ($PROFILE)" "$(grep -nE "$SECRET" "$T/operator.out")" ""
	is "and changes nothing of it ($PROFILE)" "$(SQL "$STATE" | diff "$T/before" -)" ""
	unlike "each call was refused or empty, not broken ($PROFILE)" "$(cat "$T/operator.out")" "syntax error|does not exist|XX000|internal"
	cluster_stop "$C" immediate
done
done_testing
