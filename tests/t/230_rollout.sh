#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Rollouts at work: a rehearsal on a virtual clock that a planted fault must stop (3,000 devices; 100,000 with FOTA_LONG),
# and budgets and exclusion groups under eight clients at once.
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
	cluster_stop "$C" immediate
done
done_testing
