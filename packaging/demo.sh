#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# The service at work on this machine, from nothing: what `make run`, `make start` and `make stop` do.
#
#   demo.sh run     starts all, prints one line per device event until Ctrl-C
#   demo.sh start   the same in the background; the lines go to .run/log/demo.log
#   demo.sh stop
#
# Everything lives under FOTA_RUN_DIR (.run): a private PostgreSQL cluster, throw-away keys, the demo's
# firmware, two simulated devices. FOTA_HTTPS_PORT and FOTA_COAPS_PORT choose the ports.
set -u
FOTA_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$FOTA_TOP/packaging/cluster.sh"
began=${FOTA_BEGAN:-$(date +%s%N)}
RUN=${FOTA_RUN_DIR:-$FOTA_TOP/.run}
mkdir -p "$RUN" || exit 1
RUN=$(cd "$RUN" && pwd)
HTTPS_PORT=${FOTA_HTTPS_PORT:-8443}
COAPS_PORT=${FOTA_COAPS_PORT:-5684}
VERSION=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" "$FOTA_TOP/extension/fota.control")
PROGRAMS="fota-worker fota-https fota-coap device-A0001 device-A0002"

die() {
	echo "demo: $*" >&2
	[ -z "${starting:-}" ] || stop_all
	exit 1
}

# A port in use is said before anything is started.
check_ports() {
	perl -MIO::Socket::INET -e '
		my ($https, $coaps) = @ARGV;
		IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $https, Listen => 1, ReuseAddr => 1)
			or die "demo: TCP port $https (HTTPS) is in use; choose another with FOTA_HTTPS_PORT\n";
		IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $coaps, Proto => "udp")
			or die "demo: UDP port $coaps (CoAP) is in use; choose another with FOTA_COAPS_PORT\n";
	' "$HTTPS_PORT" "$COAPS_PORT" || exit 1
}

# The files that the cluster's user must reach: programs, keys, firmware, device states.
prepare_folder() {
	W=$(cluster_folder "$RUN") || exit 1
	mkdir -p "$W/bin" "$W/log" "$W/keys" "$W/demo" "$W/device" "$W/cache" "$RUN/demo"
	install -m 755 "$FOTA_BUILD"/bin/* "$W/bin/"
	"$FOTA_TOP/packaging/keys.sh" server "$W/keys" >/dev/null 2>&1 || die "could not make keys in $W/keys"
	"$FOTA_TOP/packaging/keys.sh" device "$W/keys" A0001 >/dev/null 2>&1 || die "could not make the key of A0001"
	make -s -C "$FOTA_TOP/tests/firmware" OUT="$RUN/demo" >"$W/log/firmware.log" 2>&1 ||
		die "the firmware did not build, see $W/log/firmware.log"
	chmod 644 "$RUN"/demo/*
	[ "$W" = "$RUN" ] || cp "$RUN"/demo/*.hex "$W/demo/"
	if [ "$(id -u)" = 0 ]; then chown -R postgres:postgres "$W/log" "$W/keys" "$W/device" "$W/cache"; fi
}

write_env() {
	cluster_env "$W/cluster"
	export PGUSER=fota_dba PGDATABASE=fota
	cat >"$RUN/env" <<ENV
export PGHOST='$PGHOST' PGPORT='$PGPORT' PGDATABASE='fota' PGUSER='fota_dba'
export FOTA_OPERATOR_ROLE='op'
export FOTA_HTTPS_URL='https://127.0.0.1:$HTTPS_PORT'
export FOTA_COAPS_URI='coaps://127.0.0.1:$COAPS_PORT'
export FOTA_CA='$W/keys/ca.crt'
export FOTA_TENANT='DEFAULT'
export FOTA_KEY_FILE='$W/keys/wrap.key'
export PATH='$W/bin':"\$PATH"
ENV
}

sql() { "$(cluster_bin "$W/cluster")/psql" -X -q -At -P pager=off -v ON_ERROR_STOP=1 "$@"; }
none() { [ "$(sql -c "SELECT count(*) FROM $1")" = 0 ]; }

# launch NAME USER COMMAND ...: in the background as the cluster's user; $W/log/NAME.pid and .log.
launch() {
	local name=$1 user=$2
	shift 2
	( exec_as_owner env PGHOST="$PGHOST" PGPORT="$PGPORT" PGDATABASE=fota PGUSER="$user" FOTA_BIND=127.0.0.1 \
		FOTA_HTTPS_PORT="$HTTPS_PORT" FOTA_COAPS_PORT="$COAPS_PORT" FOTA_TLS_CERT="$W/keys/server.crt" \
		FOTA_TLS_KEY="$W/keys/server.key" FOTA_KEY_FILE="$W/keys/wrap.key" FOTA_CACHE_DIR="$W/cache" \
		"$@" >>"$W/log/$name.log" 2>&1 </dev/null ) &
	echo $! >"$W/log/$name.pid"
}

ready() {
	local i
	for i in $(seq 1 200); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	return 1
}

start_programs() {
	launch fota-worker wk "$W/bin/fota-worker"
	launch fota-https fe "$W/bin/fota-https"
	launch fota-coap fe "$W/bin/fota-coap"
	ready curl -sf --cacert "$W/keys/ca.crt" "https://127.0.0.1:$HTTPS_PORT/readyz" ||
		die "fota-https is not ready; the end of $W/log/fota-https.log:
$(tail -n 5 "$W/log/fota-https.log")"
	ready grep -q ready "$W/log/fota-coap.log" || die "fota-coap is not ready; the end of $W/log/fota-coap.log:
$(tail -n 5 "$W/log/fota-coap.log")"
}

# What a DBA types: model, devices, credentials, two versions, a release and a rule. What is there
# already, perhaps of a run that was cut short, is left alone.
load_demo() {
	none "fota.model WHERE model = 'lamp-1'" && { sql -v ca="$(cat "$W/keys/ca.crt")" <<'SQL' >/dev/null || die "the demo's rows were refused"
SELECT fota.add_model('lamp-1', '{app}');
UPDATE fota.model SET poll_every = '2 s', poll_active = '2 s' WHERE model = 'lamp-1';
SELECT fota.add_ca('throw-away', :'ca');
SQL
	}
	add_version 1.0.0
	none "fota.device WHERE name = 'A0001'" &&
		{ "$W/bin/fotactl" device add A0001 --model lamp-1 >/dev/null || die "device A0001 was refused"; }
	none "fota.device WHERE name = 'A0002'" &&
		{ FOTA_KEY_FILE=$W/keys/wrap.key "$W/bin/fotactl" device add A0002 --model lamp-1 --psk >"$W/keys/A0002.psk" ||
			die "device A0002 was refused"; }
	if [ "$(id -u)" = 0 ]; then chown postgres "$W/keys/A0002.psk"; fi
	chmod 600 "$W/keys/A0002.psk"
}

add_version() {
	none "fota.image WHERE model = 'lamp-1' AND version = '$1' AND state = 'published'" || return 0
	"$W/bin/fotactl" image add "$W/demo/app-$1.hex" --model lamp-1 --component app --version "$1" >/dev/null ||
		die "image $1 was refused"
}

# The simulated devices come from the factory with 1.0.0 in flash; the rule for 1.1.0 waits for the delta.
start_devices() {
	ready curl -sf --cacert "$W/keys/ca.crt" --cert "$W/keys/A0001.crt" --key "$W/keys/A0001.key" -o /dev/null \
		"https://127.0.0.1:$HTTPS_PORT/DEFAULT/controller/v1/A0001" || die "fota-https does not let device A0001 in"
	launch device-A0001 nobody "$W/bin/fotactl" device simulate A0001 --https "https://127.0.0.1:$HTTPS_PORT" \
		--ca "$W/keys/ca.crt" --cert "$W/keys/A0001.crt" --key "$W/keys/A0001.key" --state "$W/device/A0001" \
		--factory "app=1.0.0:$W/demo/app-1.0.0.hex" --poll 2
	launch device-A0002 nobody "$W/bin/fotactl" device simulate A0002 --coaps "coaps://127.0.0.1:$COAPS_PORT" \
		--psk-file "$W/keys/A0002.psk" --state "$W/device/A0002" \
		--factory "app=1.0.0:$W/demo/app-1.0.0.hex" --poll 2
}

publish_second_version() {
	none "fota.rule WHERE name = 'lamp-1.1'" || return 0
	add_version 1.1.0
	sql --single-transaction <<'SQL' >/dev/null || die "the demo's rule was refused"
SELECT fota.add_release('lamp-1.1', 'lamp-1', '{"app": "1.1.0"}');
INSERT INTO fota.rule (name, release, model, wait_for_delta) VALUES ('lamp-1.1', 'lamp-1.1', 'lamp-1', true);
SELECT fota.start_rollout('lamp-1.1');
SQL
}

# They may be further since: somebody has typed a rule of his own.
all_confirmed() {
	[ "$(sql -c "SELECT count(DISTINCT device_id) FROM fota.action_item i JOIN fota.device d USING (tenant_id, device_id)
		WHERE d.name IN ('A0001', 'A0002') AND i.version = '1.1.0' AND i.state = 'confirmed'")" = 2 ]
}

# One line per step of a device that is worth a look, since report line $1; prints `number|text`.
events_since() { sql -F '|' -v since="$1" -f "$FOTA_TOP/packaging/demo_events.sql"; }

follow() {
	local last=${1:-0} n text
	while [ -e "$W/log/fota-https.pid" ]; do
		while IFS='|' read -r n text; do
			[ -n "$n" ] || continue
			last=$n
			echo "  $text"
		done < <(events_since "$last" 2>/dev/null)
		sleep 0.5
	done
}

banner() {
	local spent=$(( ($(date +%s%N) - began) / 1000000000 ))
	echo "pgfota $VERSION  ready in $spent s   https://127.0.0.1:$HTTPS_PORT  coaps://127.0.0.1:$COAPS_PORT  tenant DEFAULT"
	sql -c "SELECT '  image  lamp-1 app ' || string_agg(version, ', ' ORDER BY fota.version_key(version) COLLATE \"C\") || '   '
		|| max(CASE format WHEN 'ihex' THEN 'Intel HEX' ELSE format END) || ', '
		|| max(jsonb_array_length(metadata -> 'segments')) || ' segments, ' || to_char(max(b.size), 'FM999,999,999') || ' B'
		FROM fota.image i JOIN fota.blob b ON b.tenant_id = i.tenant_id AND b.sha256 = i.payload_sha256 WHERE model = 'lamp-1'" 2>/dev/null
}

# A pid file may be older than this start of the machine: its number may be somebody else's by now.
is_ours() { tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF -e "$W/bin/" -e "packaging/demo.sh"; }

stop_all() {
	local name pid i pids=()
	for name in device-A0001 device-A0002 fota-https fota-coap fota-worker demo; do
		pid=$(cat "$W/log/$name.pid" 2>/dev/null) || continue
		rm -f "$W/log/$name.pid"
		[ "$name" = demo ] && [ "$pid" = $$ ] && continue
		is_ours "$pid" || continue
		kill "$pid" 2>/dev/null && pids+=("$pid")
	done
	for pid in "${pids[@]:-}"; do
		[ -n "$pid" ] || continue
		for i in $(seq 1 120); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
		kill -9 "$pid" 2>/dev/null
	done
	cluster_stop "$W/cluster"
}

# Data that another build's schema made does not fit the functions of this one.
check_schema() {
	local sum
	sum=$(cat "$FOTA_BUILD"/sql/fota--*.sql | sha256sum | cut -c1-64)
	if [ -f "$W/cluster/schema.sum" ] && [ "$(cat "$W/cluster/schema.sum")" != "$sum" ]; then
		die "the data in $W was made with another schema than this build's; remove that folder and start again"
	fi
	mkdir -p "$W/cluster" && echo "$sum" >"$W/cluster/schema.sum"
}

begin() {
	W=$(cluster_folder "$RUN") || exit 1
	stop_all
	check_ports
	starting=yes
	prepare_folder
	check_schema
	cluster_init "$W/cluster" && cluster_refresh "$W/cluster" && cluster_start "$W/cluster" || exit 1
	"$FOTA_TOP/packaging/load.sh" "$W/cluster" native >"$W/log/load.log" 2>&1 ||
		die "the schema did not load: $(tail -n 5 "$W/log/load.log")"
	write_env
	start_programs
	load_demo
	start_devices
	publish_second_version
	ready all_confirmed || die "the devices did not reach 1.1.0 in time; see $W/log"
	banner
}

case ${1:-} in
run)
	trap 'stop_all; exit 0' INT TERM HUP
	begin
	echo "look around:  . ${RUN#"$PWD"/}/env && psql    then: SELECT * FROM fota.resolve('A0002');"
	follow 0
	;;
start)
	begin
	nohup "$0" follow >>"$W/log/demo.log" 2>&1 </dev/null &
	echo $! >"$W/log/demo.pid"
	echo "look around:  . ${RUN#"$PWD"/}/env && psql    events: $W/log/demo.log    stop: make stop"
	;;
follow)
	W=$(cluster_folder "$RUN") || exit 1
	cluster_env "$W/cluster"
	export PGUSER=fota_dba PGDATABASE=fota
	follow 0
	;;
stop)
	W=$(cluster_folder "$RUN") || exit 1
	stop_all
	echo "demo: stopped; the data stays in $W"
	;;
*)
	echo "usage: demo.sh run|start|stop" >&2
	exit 2
	;;
esac
