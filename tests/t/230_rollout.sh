#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Rollouts at work: a rehearsal on a virtual clock that a planted fault must stop (3,000 devices; 100,000 with FOTA_LONG),
# budgets and exclusion groups under eight clients at once, and ticks that read only what is due.
. "$(dirname "$0")/lib.sh"
export FOTA_PG_CONF='fsync = off' PGTZ=UTC PGDATESTYLE=ISO
devices=${FOTA_DEVICES:-3000}
[ -n "${FOTA_LONG:-}" ] && devices=${FOTA_DEVICES:-100000}
psql() { "$(cluster_bin "$C")/psql" -X -v ON_ERROR_STOP=1 -Atq "$@"; }

rehearsal() {
	local began=$SECONDS
	ok "the rehearsal of $devices devices runs ($PROFILE)" psql -v devices="$devices" -f "$FOTA_TOP/tests/t/230_rehearsal.sql"
	note "it took $((SECONDS - began)) s"
	note "$(psql -F ' ' -c "SELECT rule, wave, population, started, succeeded, failed, lost, to_char(opened_at, 'DD HH24:MI'),
		to_char(braked_at, 'DD HH24:MI') FROM fota_report.rollout ORDER BY rule, wave")"
	is "the planted fault stopped it before the third wave ($PROFILE)" \
		"$(SQL "SELECT state, max(wave) FILTER (WHERE opened_at IS NOT NULL) FROM fota_report.rollout WHERE rule = 'bad' GROUP BY 1")" "stopped|2"
	is "it braked when the threshold of the wave was reached, and not before ($PROFILE)" "$(SQL "
		SELECT count(x.failed_at) + count(x.lost_at) >= s.least,
			count(*) FILTER (WHERE x.failed_at < s.braked_at) + count(*) FILTER (WHERE x.lost_at < s.braked_at) < s.least
		FROM (SELECT rule_id, wave, braked_at, greatest(5, ceil(0.02 * population)) AS least FROM fota.rollout_state WHERE braked_at IS NOT NULL) s
		JOIN fota.rollout_device x USING (rule_id, wave) GROUP BY s.least")" "t|t"
	is "no device started after that ($PROFILE)" "$(SQL "
		SELECT count(*) FROM fota.rollout_device x JOIN fota.rule r USING (rule_id)
		WHERE r.name = 'bad' AND x.started_at > (SELECT max(braked_at) FROM fota.rollout_state s WHERE s.rule_id = r.rule_id)")" 0
	is "silent devices were lost, those that failed were not ($PROFILE)" "$(SQL "
		SELECT count(*) > 0, count(*) FILTER (WHERE p.fate < 300 OR p.fate >= 400) FROM fota.rollout_device x
		JOIN public.place p USING (device_id) JOIN fota.rule r USING (rule_id) WHERE r.name = 'bad' AND x.lost_at IS NOT NULL")" "t|0"
	is "each device that failed was to fail ($PROFILE)" "$(SQL "
		SELECT count(*) FROM fota.rollout_device x JOIN public.place p USING (device_id) WHERE x.failed_at IS NOT NULL AND p.fate >= 300")" 0
	is "the sound one opened its waves in order, two hours apart at least ($PROFILE)" "$(SQL "
		SELECT bool_and(later) FROM (SELECT opened_at - lag(opened_at) OVER (ORDER BY wave) >= interval '2 h' AS later
			FROM fota_report.rollout WHERE rule = 'good') x")" t
	is "both began with a canary of 50 ($PROFILE)" "$(SQL "SELECT population FROM fota_report.rollout WHERE wave = 1")" "50
50"
	is "the waves of the sound one are the whole fleet, and it all arrived ($PROFILE)" "$(SQL "
		SELECT sum(population), sum(succeeded), sum(failed + lost) FROM fota_report.rollout WHERE rule = 'good'")" "$devices|$devices|0"
	is "the fleet report says so ($PROFILE)" "$(SQL "SELECT version, devices, updating FROM fota_report.fleet")" "1.2|$devices|0"
	is "people were told in order ($PROFILE)" "$(SQL "SELECT string_agg(kind, ' ' ORDER BY event_id) FROM fota.event WHERE kind <> 'device_lost'")" \
		"rule_started wave_opened wave_opened rollout_braked rule_stopped rule_started wave_opened wave_opened wave_opened wave_opened rollout_finished"
}

# Eight clients, each with its own order of the same 200 devices in 100 rooms; at most 12 may be open.
crowd() {
	SQL "SELECT fota.add_model('fan', '{app}'), fota.add_image('fan', 'app', '1', 'whirr', '{\"format\": \"raw\"}'), fota.add_release('fan', 'fan', '{\"app\": \"1\"}');
		INSERT INTO fota.device (model, serial, exclusion_group) SELECT 'fan', 'F' || n, 'room ' || n % 100 FROM generate_series(1, 200) n;
		INSERT INTO fota.rule (name, release, model) VALUES ('fans', 'fan', 'fan');
		INSERT INTO fota.rollout (rule_id, max_open, max_starts_per_hour) SELECT rule_id, $1, $2 FROM fota.rule WHERE name = 'fans';
		SELECT fota.start_rollout('fans', '2099-02-01')" >"$T/crowd.log"
	local c pids=()
	for c in 1 2 3 4 5 6 7 8; do
		SQL "SELECT format('SELECT o.action FROM fota_device.open_action(1, %s, ''https'', ''2099-02-01'') o;', device_id)
			FROM fota.device WHERE model = 'fan' ORDER BY md5('$c' || name)" >"$T/client$c.sql"
		PGUSER=fe psql -f "$T/client$c.sql" >"$T/client$c.log" 2>&1 &
		pids+=($!)
	done
	for c in "${pids[@]}"; do wait "$c" || echo "client $c failed" >>"$T/crowd.log"; done
}
open_now() { SQL "SELECT count(*), count(DISTINCT d.exclusion_group) FROM fota.action a JOIN fota.device d USING (device_id) WHERE d.model = 'fan' AND a.state = 'open'"; }

# 5,000 devices that fetch, as the first of them does by the calls, all of one rollout, none of them due. rows(): what a tick at this time read of the big tables.
rows() { SQL "BEGIN; SELECT fota.tick('$1'); SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables
	WHERE relname IN ('action', 'action_item', 'device', 'device_seen', 'rollout_device', 'report_rest'); COMMIT" | tail -n 1; }
lost() { SQL "SELECT count(*) FROM fota.action a JOIN fota.device d USING (device_id) WHERE d.model = 'vane' AND a.state = 'lost'"; }
idle() {
	SQL "SELECT fota.add_model('vane', '{app}'), fota.add_image('vane', 'app', '1', 'turn', '{\"format\": \"raw\"}'), fota.add_release('vane', 'vane', '{\"app\": \"1\"}');
		INSERT INTO fota.device (model, serial) SELECT 'vane', 'V' || n FROM generate_series(1, 5000) n;
		INSERT INTO fota.rule (name, release, model) VALUES ('vanes', 'vane', 'vane');
		INSERT INTO fota.rollout (rule_id, lost_after) SELECT rule_id, 1000 FROM fota.rule WHERE name = 'vanes';
		INSERT INTO fota.wave (rule_id, wave, percent, soak) SELECT rule_id, 1, 100, '7 days' FROM fota.rule WHERE name = 'vanes';
		SELECT fota.start_rollout('vanes', '2099-03-01');
		SELECT action FROM fota.device d, fota_device.open_action(1, d.device_id, 'https', '2099-03-01') o WHERE d.serial = 'V1';
		SELECT status FROM fota.device d, fota_device.report(1, d.device_id, NULL, 1, NULL, 1, NULL, NULL, NULL, 10, '2099-03-01') o WHERE d.serial = 'V1';
		INSERT INTO fota.action (device_id, action, epoch, poll, opened_at, seen_at, due_at)
		SELECT d.device_id, 1, a.epoch, a.poll, a.opened_at, a.seen_at, a.due_at FROM fota.device d, fota.action a JOIN fota.device v USING (device_id) WHERE v.serial = 'V1' AND d.model = 'vane' AND d.serial <> 'V1';
		INSERT INTO fota.action_item (device_id, action, item, rule_id, component, verb, image_model, version, build, state, changed_at)
		SELECT d.device_id, 1, 1, i.rule_id, i.component, i.verb, i.image_model, i.version, i.build, i.state, i.changed_at
		FROM fota.device d, fota.action_item i JOIN fota.device v USING (device_id) WHERE v.serial = 'V1' AND d.model = 'vane' AND d.serial <> 'V1';
		INSERT INTO fota.rollout_device (rule_id, device_id, wave, model, year, started_at)
		SELECT x.rule_id, d.device_id, 1, 'vane', -1, x.started_at FROM fota.device d, fota.rollout_device x JOIN fota.device v USING (device_id) WHERE v.serial = 'V1' AND d.model = 'vane' AND d.serial <> 'V1';
		VACUUM ANALYZE fota.action, fota.action_item, fota.device, fota.rollout_device;
		SELECT fota.tick('2099-03-01 00:01'), fota.tick('2099-03-01 00:02')" >"$T/idle.log" || { cat "$T/idle.log"; bail "vanes"; }
	ok "a tick over 5,000 open actions of which none is due reads next to nothing ($PROFILE)" test "$(rows '2099-03-01 00:02:01')" -lt 20
	ok "and so when the waves of their rule are looked at ($PROFILE)" test "$(rows '2099-03-01 00:03:30')" -lt 20
	is "no device is lost before its time ($PROFILE)" "$(SQL "SELECT fota.tick('2099-03-01 00:50')"; lost)" "0
0"
	SQL "UPDATE fota.rollout o SET lost_after = 3 FROM fota.rule r WHERE r.rule_id = o.rule_id AND r.name = 'vanes'" >"$T/sooner.log"
	is "where devices are to be given up sooner, the next ticks lose them, 2,000 at a time ($PROFILE)" \
		"$(for n in 1 2 3 4; do SQL "SELECT fota.tick('2099-03-01 00:51')" >/dev/null; lost; done | paste -sd' ')" "2000 4000 5000 5000"
	SQL "SELECT fota.stop_rollout('vanes');
		INSERT INTO fota.device (model, serial) VALUES ('vane', 'last');
		INSERT INTO fota.rule (name, release, model) VALUES ('one', 'vane', 'vane');
		INSERT INTO fota.wave (rule_id, wave, percent) SELECT rule_id, 1, 100 FROM fota.rule WHERE name = 'one';
		SELECT fota.start_rollout('one', '2099-03-02'), fota.tick('2099-03-02');
		UPDATE fota.rollout SET min_failures = 1; UPDATE fota.wave SET pause_at = 0 WHERE wave = 1;
		SELECT action FROM fota.device d, fota_device.open_action(1, d.device_id, 'https', '2099-03-02') o WHERE d.serial = 'last'" >"$T/told.log"
	like "the report that brakes tells nobody, the next tick does ($PROFILE)" "$(SQL "LISTEN fota_event;
		SELECT status, (SELECT state FROM fota.rule WHERE name = 'one') FROM fota.device d, fota_device.report(1, d.device_id, NULL, 1, NULL, 5, 1, NULL, NULL, NULL, '2099-03-02 00:01') o WHERE d.serial = 'last';
		SELECT state, count(*) FROM fota.rule JOIN fota.event USING (rule_id) WHERE name = 'one' AND kind = 'rollout_braked' GROUP BY 1; SELECT fota.tick('2099-03-02 00:02')" | tr '\n' ' ')" \
		'^ok.active paused.1 0 Asynchronous notification "fota_event" with payload "1 [0-9]+" received'
	is "and the rule was braked ($PROFILE)" "$(SQL "SELECT count(*) FROM fota.event JOIN fota.rule USING (rule_id) WHERE name = 'vanes' AND kind = 'rollout_braked'")" 1
}

for profile in native portable; do
	need_cluster "$profile" "$profile"
	rehearsal
	crowd 12 NULL
	is "eight clients at once opened as many actions as may be open ($profile)" "$(open_now)" "12|12"
	SQL "UPDATE fota.rollout o SET max_open = 150 FROM fota.rule r WHERE r.rule_id = o.rule_id AND r.name = 'fans'" >/dev/null
	for c in 1 2 3 4 5 6 7 8; do PGUSER=fe psql -f "$T/client$c.sql" >>"$T/client$c.log" 2>&1 & echo $!; done >"$T/pids"
	wait
	is "and never two of one group: 100 rooms, 100 actions ($profile)" "$(open_now)" "100|100"
	is "no client met an error ($profile)" "$(grep -h ERROR "$T"/client*.log "$T/crowd.log" | sort | uniq -c)" ""
	SQL "SELECT fota.stop_rollout('fans'); DELETE FROM fota.device WHERE model = 'fan'; DELETE FROM fota.rule WHERE name = 'fans'; DELETE FROM fota.release WHERE release = 'fan';
		DELETE FROM fota.image WHERE model = 'fan'; DELETE FROM fota.component WHERE model = 'fan'; DELETE FROM fota.model WHERE model = 'fan'" >"$T/clear.log"
	crowd NULL 30
	is "no more start in an hour than may ($profile)" "$(open_now)" "30|30"
	idle
	cluster_stop "$C" immediate
done
done_testing
