#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# A database with life in it is dumped and restored in another cluster, by an owner who is no
# superuser: every table and every sequence is equal, and the restored one goes on working.
. "$(dirname "$0")/lib.sh"
export FOTA_PG_CONF='fsync = off'

# Two tenants, images of two versions, a delta, devices in every state of an action.
life() {
	SQL "
INSERT INTO fota.tenant (name) VALUES ('acme');
INSERT INTO fota.member (role, tenant_id) VALUES ('op_of_acme', 2);
SELECT fota.add_model('lamp', '{app,sounds}');
SELECT fota.add_image('lamp', 'app', v || '.0', convert_to(repeat('app ' || v, 500 * v), 'UTF8'), '{\"format\": \"raw\", \"file_name\": \"app.bin\"}') FROM generate_series(1, 3) v;
SELECT fota.add_image('lamp', 'sounds', '1', convert_to(repeat('ding', 100000), 'UTF8'), '{\"format\": \"raw\"}');
INSERT INTO fota.image_digest (model, component, version, kind, digest) VALUES ('lamp', 'app', '1.0', 'mcuboot', sha256('other'));
SELECT fota.add_release('two', 'lamp', '{\"app\": \"2.0\", \"sounds\": \"1\"}');
SELECT fota.add_release('three', 'lamp', '{\"app\": \"3.0\", \"sounds\": null}');
INSERT INTO fota.device (model, serial, year, batch, tags, attributes, exclusion_group)
SELECT 'lamp', 'L' || n, 2024 + n % 2, 'B' || n % 3, ARRAY['t' || n], jsonb_build_object('n', n), CASE WHEN n > 18 THEN 'room' END FROM generate_series(1, 20) n;
UPDATE fota.device SET parent_id = (SELECT min(device_id) FROM fota.device) WHERE serial = 'L20';
INSERT INTO fota.rule (name, release, model, years, active_during) VALUES ('spring', 'two', 'lamp', '[2024,2024]', '[2020-01-01,2100-01-01)');
INSERT INTO fota.rule (name, release, model, years, wait_for_delta) VALUES ('summer', 'three', 'lamp', '[2025,2025]', true);
INSERT INTO fota.rule (name, release) VALUES ('draft', 'two');
INSERT INTO fota.rule_device (rule_id, device_id) SELECT rule_id, device_id FROM fota.rule, fota.device WHERE rule.name = 'draft' AND device.batch = 'B1';
INSERT INTO fota.rule_window (rule_id, opens, closes) SELECT rule_id, '22:00', '04:00' FROM fota.rule WHERE name = 'draft';
INSERT INTO fota.rollout (rule_id, min_failures) SELECT rule_id, 2 FROM fota.rule WHERE name = 'summer';
INSERT INTO fota.wave (rule_id, wave, percent, per_stratum) SELECT rule_id, w, w * 50, true FROM fota.rule, generate_series(1, 2) w WHERE name = 'summer';
SELECT fota.approve_rollout('summer'), fota.start_rollout('spring'), fota.start_rollout('summer'), fota.advance_rollout('summer');
SELECT fota_device.inventory(1, device_id, jsonb_build_object('app', jsonb_build_object('version', '1.0', 'digest', encode(sha256(convert_to(repeat('app 1', 500), 'UTF8')), 'hex'))),
	'{\"formats\": [[0], [1]], \"ram\": 4096}', '{\"colour\": \"red\"}', '[50, true]', 'rev-a', 'native', now()) FROM fota.device;
SELECT fota_device.open_action(1, device_id, 'https', now()) FROM fota.device;
SELECT fota_device.report(1, device_id, NULL, action, NULL, device_id::int % 9 + 1, 1, 'so it is', 60, 1000, now()) FROM fota.action WHERE device_id % 4 <> 0;
SELECT fota_device.ddi_feedback(1, device_id, action, '{\"id\": \"1\", \"status\": {\"execution\": \"proceeding\", \"result\": {\"finished\": \"none\"}, \"details\": [\"half\"]}}', now()) FROM fota.action WHERE device_id = 4;
SELECT fota_device.seen_many(array_agg(1), array_agg(device_id), array_agg(now()), array_agg('https'::text)) FROM fota.device;
SELECT fota.add_credential('L1', 'token', NULL, sha256('t'), NULL, NULL), fota.add_credential('L2', 'psk', '1.1.L2', NULL, decode(repeat('07', 44), 'hex'), '2099-01-01');
SELECT fota.revoke_credential(min(credential_id), 'lost') FROM fota.credential;
SELECT fota.upload_begin(sha256('half'), 300000) AS u;
SELECT fota.upload_chunk(max(upload_id), 0, decode(repeat('00', 262144), 'hex')) FROM fota.upload;
INSERT INTO fota.setting (tenant_id, name, value) VALUES (1, 'delta_wait', '5 min');
INSERT INTO fota.decoder (decoder, layout) VALUES ('mine', '{\"magic\": \"4c414d50\", \"endian\": \"little\", \"fields\": [{\"name\": \"magic\", \"type\": \"u32\"}]}');
SELECT fota_worker.claim('w', '1 min');
SELECT fota.drop_history(now());
SELECT fota.stop_rollout('spring');
UPDATE fota.model SET poll_every = '2 h' WHERE tenant_id = 1 AND model = 'lamp';
SELECT fota.add_model('lamp', '{radio}');" >"$T/life.log" || { cat "$T/life.log"; bail "life"; }
}

# One line per table: name, rows, hash of its ordered rows; one per sequence: name and state.
# An unlogged table has rows within a statement only.
state() {
	SQL "SELECT format('SELECT %L, count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text COLLATE \"C\")) FROM %s t', c.oid::regclass, c.oid::regclass)
		FROM pg_class c WHERE c.relnamespace = 'fota'::regnamespace AND c.relkind IN ('r', 'p') AND c.relpersistence = 'p' ORDER BY c.relname \gexec
		SELECT format('SELECT %L, last_value, is_called FROM %s', c.oid::regclass, c.oid::regclass)
		FROM pg_class c WHERE c.relnamespace = 'fota'::regnamespace AND c.relkind = 'S' ORDER BY c.relname \gexec"
}
dump() { "$(cluster_bin "$C")/pg_dump" "$@" 2>&1 | sed -E '/^\\(un)?restrict /d'; }

for profile in native portable; do
	need_cluster "$profile" "$profile"
	life
	empty=$(state | awk -F'|' 'NF == 3 && $2 == 0 { print $1 }' | paste -sd' ' -)
	is "the dumped database has rows in every table ($profile)" "$empty" ""
	state >"$T/$profile.before"
	dump >"$T/$profile.sql"
	SQL "SELECT device_id, component, verdict, rule, version, reason, detail FROM fota.resolve_many(1, NULL, now())" >"$T/$profile.decided"
	then=$(SQL "SELECT at FROM fota.history_edge WHERE tenant_id = 1")
	SQL "SELECT * FROM fota.resolve_many(1, NULL, '$then')" >"$T/$profile.then"
	cluster_stop "$C" immediate

	# The other cluster: nothing but the server, a login that owns an empty database, and our roles.
	C=$T/$profile.other
	cluster_init "$C" && STARTED_CLUSTERS+=("$C") && cluster_start "$C" || bail "second cluster"
	PGDATABASE=postgres SQL "CREATE ROLE fota_dba LOGIN CREATEROLE CREATEDB; CREATE DATABASE fota OWNER fota_dba" >/dev/null
	export PGUSER=fota_dba
	psql() { "$(cluster_bin "$C")/psql" -X -q -v ON_ERROR_STOP=1 "$@"; }
	ok "the roles are made first, and making them again changes nothing ($profile)" psql -f "$FOTA_TOP/sql/01_roles.sql" -f "$FOTA_TOP/sql/01_roles.sql"
	ok "the dump is restored by an owner who is no superuser ($profile)" psql -f "$T/$profile.sql"
	state >"$T/$profile.after"
	is "every table and every sequence is equal ($profile)" "$(diff "$T/$profile.before" "$T/$profile.after")" ""
	# (Rows lie in another order where the first database had dropped some.)
	is "a dump of the restored database is the same text ($profile)" "$(dump | sort | diff <(sort "$T/$profile.sql") - | head -n 20)" ""
	is "it decides as before ($profile)" \
		"$(SQL "SELECT device_id, component, verdict, rule, version, reason, detail FROM fota.resolve_many(1, NULL, now())" | diff "$T/$profile.decided" - | head -n 20)" ""
	is "and what it was once it was still ($profile)" "$(SQL "SELECT * FROM fota.resolve_many(1, NULL, '$then')" | diff "$T/$profile.then" - | head -n 20)" ""
	ok "which is something else ($profile)" test "$(grep -c spring "$T/$profile.then")" -gt "$(grep -c spring "$T/$profile.decided")"

	# It goes on working: for the owner although the operators' roles are gone, and for new logins.
	epoch=$(SQL "SELECT epoch FROM fota.epoch WHERE tenant_id = 1")
	rows=$(SQL "SELECT count(*) FROM fota.audit")
	is "a new rule is started ($profile)" "$(SQL "
		INSERT INTO fota.rule (name, release, batch) VALUES ('autumn', 'three', 'B1');
		SELECT fota.start_rollout('autumn') IS NOT NULL;
		SELECT count(*) FROM fota.device d, fota.resolve(d.name) r WHERE r.rule = 'autumn'")" "t
$(SQL "SELECT 2 * count(*) FROM fota.device WHERE batch = 'B1'")"
	is "the epoch has risen with it, and the audit goes on ($profile)" "$(SQL "SELECT e.epoch - $epoch, (SELECT count(*) - $rows FROM fota.audit) FROM fota.epoch e WHERE tenant_id = 1")" "2|2"
	SQL "CREATE ROLE fe LOGIN IN ROLE fota_frontend; CREATE ROLE op_of_acme LOGIN IN ROLE fota_operator" >/dev/null
	is "a front-end's calls work, with numbers that go on ($profile)" "$(PGUSER=fe SQL "
		SELECT status FROM fota_device.report(1, (SELECT 4), NULL, 1, NULL, 8, NULL, NULL, NULL, NULL, now());
		SELECT status, action FROM fota_device.open_action(1, 4, 'https', now())")" "ok
ok|2"
	is "a member of a tenant that came with the dump sees that tenant ($profile)" "$(PGUSER=op_of_acme SQL "SELECT DISTINCT tenant_id FROM fota.model")" "2"
	cluster_stop "$C" immediate
done
done_testing
