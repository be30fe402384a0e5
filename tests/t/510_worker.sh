#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# fota-worker and uploads under bad luck and bad will: workers killed, stopped and starved, hostile files,
# uploads that break off, and a large image that goes in and out with flat memory. What has to wait for
# a certain moment of a job holds it there by a lock on fota.blob_chunk.
. "$(dirname "$0")/lib.sh"
need_cluster "${FOTA_PROFILE:-native}"
need_keys
export FOTA_KEY_FILE=$T/wrap.key
CTL=$BIN/fotactl
SQL "SELECT fota.add_model('m', '{app,data}'); UPDATE fota.component SET payload = 'file' WHERE component = 'data';
	UPDATE fota.model SET poll_every = '1 s', poll_active = '1 s' WHERE model = 'm';" >"$T/setup.log" || { cat "$T/setup.log"; bail "setup"; }

worker() { start "worker-$1" PGUSER=wk FOTA_WORKER_LEASE=3 FOTA_WORKER_POLL=100 "${@:2}" "$BIN/fota-worker"; W=$LAST_PID; }
# Waits for the end of a program started here; its status is in STATUS.
ended() { wait "$1" 2>/dev/null; STATUS=$?; }
child_of() { pgrep -P "$1" -x fota-worker; }
add() { "$CTL" image add "$1" --model m --component "${3:-data}" --version "$2" "${@:4}" >"$T/add.out" 2>"$T/add.err"; }
state_of() { SQL "SELECT state FROM fota.image WHERE model = 'm' AND version = '$1'"; }
job_of() { SQL "SELECT j.state || ' ' || j.attempt || coalesce(' ' || (j.error ->> 'code'), '') FROM fota.job j
	JOIN fota.image i ON i.tenant_id = j.tenant_id AND i.job_id = j.job_id WHERE i.version = '$1'"; }
is_in() { [ "$("${@:2}")" = "$1" ]; }
# Nobody reads or writes chunks until release.
hold() {
	SQL "SET application_name = 'holder'; BEGIN; LOCK TABLE fota.blob_chunk IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)" >/dev/null 2>&1 &
	wait_for 10 is_in 1 SQL "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'holder'
		AND l.mode = 'AccessExclusiveLock' AND l.granted AND l.relation = 'fota.blob_chunk'::regclass" || bail "no lock"
}
release() { SQL "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holder'" >/dev/null; wait_for 10 is_in 0 SQL "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holder'"; }
# A job of version $1 is in the hands of a process of worker $2, held before its first byte.
at_work() {
	add "$T/small.bin" "$1" data --no-wait || cat "$T/add.err"
	hold
	worker "$2" "${@:3}"
	wait_for 10 child_of "$W" || bail "no job at work"
	wait_for 10 is_in 1 SQL "SELECT count(*) FROM pg_locks WHERE NOT granted" || bail "the job does not wait"
	CHILD=$(child_of "$W")
}
make_file() { head -c "$1" /dev/urandom >"$2"; }
make_file 700000 "$T/small.bin"
hwm() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status" 2>/dev/null; }

# --- uploads that break off -------------------------------------------------------------------------
# Every chunk takes 30 ms, so that there is time to kill at each of 20 points.
SQL "CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.03); RETURN NEW; END';
	CREATE TRIGGER slow BEFORE INSERT ON fota.blob_chunk FOR EACH ROW EXECUTE FUNCTION public.slow();" >/dev/null
make_file $((262144 * 64 + 12345)) "$T/broken.bin"
chunks() { SQL "SELECT count(*) FROM fota.blob_chunk"; }
at_least() { [ "$(chunks)" -ge "$1" ]; }
visible=0 lost=0 before=0
for i in $(seq 1 20); do
	"$CTL" image add "$T/broken.bin" --model m --component data --version broken --no-wait >/dev/null 2>&1 &
	pid=$!
	wait_for 20 at_least $((i * 3)) || bail "the upload does not go on"
	kill -9 $pid; wait $pid 2>/dev/null
	[ "$(SQL "SELECT count(*) FROM fota.image WHERE version = 'broken'")$(SQL "SELECT count(*) FROM fota.blob")" = 00 ] || visible=$((visible + 1))
	[ "$(chunks)" -ge "$before" ] || lost=$((lost + 1))
	before=$(chunks)
done
is "at 20 points of a killed upload no half of an image is visible" $visible 0
is "and no chunk is lost" $lost 0
is "all went into one upload" "$(SQL "SELECT count(*) || ' ' || min(state) FROM fota.upload")" "1 open"
SQL "DROP TRIGGER slow ON fota.blob_chunk; DROP FUNCTION public.slow();" >/dev/null
add "$T/broken.bin" broken data --no-wait
is "the next run ends well" $? 0
like "having resumed behind what was there" "$(cat "$T/add.err")" '^resuming at [1-9][0-9]* KiB'
is "the image is decoding until a worker has seen it" "$(state_of broken)" decoding
worker first
ok "fotactl image wait sees it published" "$CTL" image wait --model m --component data --version broken --wait 60
is "its payload has the file's SHA-256" "$(SQL "SELECT encode(payload_sha256, 'hex') FROM fota.image WHERE version = 'broken'")" "$(sha256sum "$T/broken.bin" | cut -d' ' -f1)"
is "SHA-1 and MD5 are the file's" "$(SQL "SELECT encode(sha1, 'hex') || ' ' || encode(md5, 'hex') FROM fota.blob")" "$(sha1sum "$T/broken.bin" | cut -d' ' -f1) $(md5sum "$T/broken.bin" | cut -d' ' -f1)"
is "nothing of the upload is left beside the blob" "$(chunks)" 65
add "$T/broken.bin" broken-2
is "the same file again as another version is published" "$? $(state_of broken-2)" "0 published"
is "its bytes are stored once" "$(SQL "SELECT count(*) FROM fota.blob")" 1

# --- what an operator sees ------------------------------------------------------------------------------
make_file 3000000 "$T/bar.bin"
script -qec "$CTL image add $T/bar.bin --model m --component data --version bar" /dev/null >"$T/bar.out" 2>&1
like "on a terminal an upload shows a progress bar" "$(tr '\r' '\n' <"$T/bar.out")" 'upload \[#{40}\] 100 % of 2930 KiB'
add "$T/bar.bin" bar
is "a version that is there already is status 1" $? 1
like "which is said" "$(cat "$T/add.err")" 'error 23505: there is an image of m data bar already'
add "$T/bar.bin" x nothing
like "a component that the model does not have is said" "$(cat "$T/add.err")" 'error P0002: .*no component "nothing"'
"$CTL" device add D0 --model m >"$T/out" 2>&1
is "a device is added" "$(cat "$T/out")" "m D0: added"
is "a second time it is there already" "$("$CTL" device add D0 --model m 2>&1)" "error 23505: there is a device D0 already"
is "a device of an unknown model is not added" "$("$CTL" device add D9 --model zz 2>&1)" \
	"error P0002: there is no model zz; hint: fota.add_model makes one"
"$CTL" device add K1 --model m --psk --year 2024 --batch B7 --serial S-77 >"$T/out" 2>&1
like "a new key is one line" "$(cat "$T/out")" '^1\.1\.K1 [0-9a-f]{32}$'
is "of which PostgreSQL has neither the text nor the bytes" "$(SQL "SELECT position('\\x$(cut -d' ' -f2 "$T/out")'::bytea in secret) || ' ' || length(secret) FROM fota.credential WHERE identity = '1.1.K1'")" "0 44"
is "the device has what was said" "$(SQL "SELECT year || batch || serial FROM fota.device WHERE name = 'K1'")" 2024B7S-77

# --- bad files -----------------------------------------------------------------------------------------
add "$FOTA_TOP/tests/vectors/ihex/bad-checksum.hex" bad-sum app
is "an Intel HEX file with a wrong checksum is status 1" $? 1
like "which tells line, the value found and the one expected" "$(cat "$T/add.err")" '^error UF002: ihex line 2: record checksum 0x12, expected 0x68;'
is "the image is refused" "$(state_of bad-sum)" refused
add "$FOTA_TOP/tests/vectors/ihex/overlap.hex" overlap app
like "overlapping records are refused, with the waiver's name" "$(cat "$T/add.err")" '^error UF004: ihex .*overlap='
ID=$(SQL "SELECT upload_id FROM fota.upload_begin(sha256('what was meant'), 5)")
SQL "SELECT fota.upload_chunk($ID, 0, 'other'); SELECT fota.upload_finish($ID, 'm', 'data', 'wrong')" >/dev/null
"$CTL" image wait --model m --component data --version wrong >"$T/out" 2>"$T/err"
is "a file with another SHA-256 than was said is status 1" $? 1
like "and both are told" "$(cat "$T/err")" "^error UF002: .*$(printf other | sha256sum | cut -c1-64), expected $(printf 'what was meant' | sha256sum | cut -c1-64)"
ID=$(SQL "SELECT upload_id FROM fota.upload_begin(sha256('missing'), 300000)")
SQL "SELECT fota.upload_chunk($ID, 0, decode(repeat('00', 262144), 'hex'))" >/dev/null
like "a file without its last chunk cannot be finished" "$(SQL "SELECT fota.upload_finish($ID, 'm', 'data', 'missing')")" 'ERROR.*'
is "and makes no image" "$(state_of missing)" ""
printf 'S1130000285F245F2212226A000424290008237C2A\nS315FFFFFF0000112233445566778899AABBCCDDEEFF66\n' >"$T/span.s19"
add "$T/span.s19" span app
like "two records 4 GiB apart are refused, not filled up" "$(cat "$T/add.err")" '^error UF00[0-9]: srec'
is "after all that the worker is the same process" "$(kill -0 "$W" && echo alive)" alive
add "$T/small.bin" after-bad
is "and does its work" "$? $(state_of after-bad)" "0 published"
is "every refusal was said in one line of its log" "$(grep -c 'failed code=UF' "$T/worker-first.log")" 4

# --- a worker that ends in mid-job ----------------------------------------------------------------------
kill "$W"
ended "$W"
is "SIGTERM ends an idle worker with status 0" $STATUS 0
at_work killed second
kill -9 "$W"
ok "the process of the job ends with its worker" wait_for 5 sh -c "! kill -0 $CHILD"
release
is "the job still counts as running" "$(job_of killed)" "running 1"
worker third
ok "when the lease is over the next worker does it" wait_for 20 is_in published state_of killed
is "as the second attempt" "$(job_of killed)" "done 2"
kill "$W"; ended "$W"

at_work stopped fourth
kill "$W"; sleep 0.3; kill "$W"
ended "$W"
is "a worker that is told twice to stop at a job ends with status 0" $STATUS 0
release
is "and gives the job back" "$(job_of stopped)" "queued 1 57P01"
SQL "UPDATE fota.job SET run_at = now()" >/dev/null
worker fifth
ok "the next worker does it" wait_for 20 is_in published state_of stopped

# --- a job that kills its process ------------------------------------------------------------------------
kill "$W"; ended "$W"
at_work crash sixth
kill -ABRT "$CHILD"
release
ok "a job whose process crashes is refused" wait_for 10 is_in refused state_of crash
is "at the first attempt" "$(job_of crash)" "failed 1 XX000"
like "with the signal" "$(SQL "SELECT error ->> 'message' FROM fota.image WHERE version = 'crash'")" 'crashed with signal 6'
is "the worker is the same process" "$(kill -0 "$W" && echo alive)" alive
kill "$W"; ended "$W"
at_work oom seventh
kill -9 "$CHILD"
release
ok "a job whose process is killed is tried again" wait_for 10 is_in "queued 1 53200" job_of oom
SQL "UPDATE fota.job SET run_at = now()" >/dev/null
ok "and done by the same worker" wait_for 20 is_in published state_of oom

# --- a job that is taken away --------------------------------------------------------------------------
kill "$W"; ended "$W"
at_work taken eighth
kill -STOP "$W"
wait_for 10 is_in t SQL "SELECT lease_until < now() FROM fota.job WHERE state = 'running'"
worker ninth
wait_for 10 is_in "running 2" job_of taken
release
ok "a worker that slept through its lease loses the job to another" wait_for 20 is_in published state_of taken
for p in "${STARTED_PIDS[@]}"; do kill -CONT "$p" 2>/dev/null; done
is "which is done once, as the second attempt" "$(job_of taken)" "done 2"
ok "and the first worker learns it" wait_for 10 grep -q ' lost' "$T/worker-eighth.log"

# --- limits ----------------------------------------------------------------------------------------------
stop_workers() { local p; for p in "${STARTED_PIDS[@]}"; do kill "$p" 2>/dev/null; done; for p in "${STARTED_PIDS[@]}"; do wait "$p" 2>/dev/null; done; }
stop_workers
worker small FOTA_WORKER_MEMORY_MB=16
make_file 6000000 "$T/big.bin"
objcopy -I binary -O ihex "$T/big.bin" "$T/big.hex"
add "$T/big.hex" big app
is "a file that needs more memory than a job may use is status 1" $? 1
like "and the hint says where the limit is" "$(cat "$T/add.err")" '^error UF006: .*FOTA_WORKER_MEMORY_MB'
add "$T/small.bin" after-big
is "the worker goes on" "$? $(state_of after-big)" "0 published"
stop_workers
if [ -z "${FOTA_VARIANT:-}" ]; then
	make_file 16000000 "$T/random-1.bin"
	make_file 16000000 "$T/random-2.bin"
	worker cpu FOTA_WORKER_CPU=1
	add "$T/random-1.bin" random-1; add "$T/random-2.bin" random-2
	SQL "SELECT fota.want_delta(1, a.payload_sha256, b.payload_sha256, now()) FROM fota.image a, fota.image b WHERE a.version = 'random-1' AND b.version = 'random-2'" >/dev/null
	ok "a delta that takes too long fails" wait_for 60 is_in failed SQL "SELECT state FROM fota.delta"
	like "with the limit" "$(SQL "SELECT error ->> 'message' FROM fota.delta")" 'more than 1 s of CPU time'
	stop_workers
fi

# --- two workers, many jobs ---------------------------------------------------------------------------------
worker left; LEFT=$W
worker right; RIGHT=$W
for i in $(seq 1 20); do
	printf 'file %d' "$i" >"$T/many"
	add "$T/many" "many-$i" data --no-wait
done
ok "twenty jobs are done by two workers" wait_for 60 is_in 20 SQL "SELECT count(*) FROM fota.image WHERE version LIKE 'many-%' AND state = 'published'"
is "each at its first attempt" "$(SQL "SELECT DISTINCT j.attempt FROM fota.job j JOIN fota.image i USING (tenant_id, job_id) WHERE i.version LIKE 'many-%'")" 1
is "each by one of them" "$(cat "$T/worker-left.log" "$T/worker-right.log" | grep -c ' done ')" 20
ok "both are alive" kill -0 "$LEFT" "$RIGHT"

# --- PostgreSQL goes away ------------------------------------------------------------------------------------
cluster_stop "$C" immediate
sleep 1
( cluster_start "$C" ) || bail "PostgreSQL did not come back"
add "$T/small.bin" after-restart
is "when PostgreSQL comes back the workers are back by themselves" "$? $(state_of after-restart)" "0 published"
ok "both are alive" kill -0 "$LEFT" "$RIGHT"

# --- one delta for two devices ---------------------------------------------------------------------------------
head -c 200000 "$T/small.bin" >"$T/v1.bin"
{ head -c 120000 "$T/small.bin"; echo changed; tail -c +120100 "$T/v1.bin"; } >"$T/v2.bin"
add "$T/v1.bin" 1.0 data --format raw
add "$T/v2.bin" 2.0 data --format raw
SQL "DELETE FROM fota.delta; SELECT fota.add_release('r2', 'm', '{\"data\": \"2.0\"}');
	INSERT INTO fota.rule (name, release, model, wait_for_delta) VALUES ('r2', 'r2', 'm', true); SELECT fota.start_rollout('r2');" >/dev/null
start_https
for d in D1 D2; do
	"$CTL" device add $d --model m --token >"$T/$d.token" || bail "no device"
	timeout 60 "$CTL" device simulate $d --https "$URL" --ca "$T/ca.crt" --token "$(cat "$T/$d.token")" --state "$T/$d" \
		--factory "data=1.0:$T/v1.bin" --until data=2.0 --poll 1 --dump "$T/$d.dump" >"$T/$d.log" 2>&1 &
	eval "$d=\$!"
done
ended "$D1"; FIRST=$STATUS
ended "$D2"
is "two devices go to version 2 at once" "$FIRST $STATUS" "0 0"
ok "and have it" cmp "$T/D1/data.bin" "$T/v2.bin"
ok "both" cmp "$T/D2/data.bin" "$T/v2.bin"
is "by one delta" "$(SQL "SELECT count(*) || ' ' || min(state) FROM fota.delta")" "1 ready"
is "made by one job" "$(SQL "SELECT count(*) FROM fota.job WHERE kind = 'delta' AND state = 'done'")" 1
like "which both fetched" "$(grep -h -c 'as a delta' "$T/D1.log" "$T/D2.log" | tr '\n' ' ')" '^[1-9][0-9]* [1-9]'
for kind in checkin decision report; do
	bad=
	for f in "$T"/D?.dump/*-$kind.cbor; do "$TESTS_BIN/cddl" "$FOTA_TOP/frontends/native.cddl" $kind <"$f" >/dev/null 2>&1 || bad="$bad $f"; done
	ok "there are messages of kind $kind" test -n "$(ls "$T"/D?.dump/*-$kind.cbor)"
	is "each $kind is one by the grammar" "$bad" ""
done

# --- 300 MB in and out --------------------------------------------------------------------------------------------
if [ -z "${FOTA_VARIANT:-}" ]; then
	make_file 300000000 "$T/large.bin"
	"$CTL" image add "$T/large.bin" --model m --component data --version large >"$T/add.out" 2>"$T/add.err" &
	pid=$! peak=0 backend=0
	while kill -0 $pid 2>/dev/null; do
		n=$(hwm $pid); [ "${n:-0}" -gt $peak ] && peak=$n
		for p in $(pgrep -f "postgres: (fota_dba|wk) "); do n=$(hwm "$p"); [ "${n:-0}" -gt $backend ] && backend=$n; done
		sleep 0.1
	done
	ended $pid
	is "300 MB go in" "$STATUS $(state_of large)" "0 published"
	LARGE=$(SQL "SELECT job_id FROM fota.image WHERE version = 'large'")
	WORKER_PEAK=$(sed -n "s/.* job=$LARGE .* peak_kib=\([0-9]*\).*/\1/p" "$T"/worker-left.log "$T"/worker-right.log)
	note "peak memory: fotactl $peak KiB, worker ${WORKER_PEAK:-none} KiB, PostgreSQL $backend KiB (shared buffers included)"
	ok "fotactl needs less than 64 MiB" test $peak -gt 0 -a $peak -lt 65536
	ok "so does the worker" test "${WORKER_PEAK:-99999999}" -lt 65536
	ok "a session of PostgreSQL needs less than 128 MiB beside its shared buffers" test $backend -gt 0 -a $backend -lt $((131072 + 65536))
	is "the blob has the file's digest" "$(SQL "SELECT encode(payload_sha256, 'hex') FROM fota.image WHERE version = 'large'")" "$(sha256sum "$T/large.bin" | cut -d' ' -f1)"
	SQL "SELECT fota.stop_rollout('r2'); SELECT fota.add_release('large', 'm', '{\"data\": \"large\"}');
		INSERT INTO fota.rule (name, release, model) VALUES ('large', 'large', 'm'); SELECT fota.start_rollout('large');" >/dev/null
	"$CTL" device add D3 --model m --token >"$T/D3.token"
	"$CTL" device simulate D3 --https "$URL" --ca "$T/ca.crt" --token "$(cat "$T/D3.token")" --state "$T/D3" \
		--no-delta --until data=large --poll 1 >"$T/D3.log" 2>&1 &
	pid=$! peak=0 anon=0
	while kill -0 $pid 2>/dev/null; do
		n=$(hwm $pid); [ "${n:-0}" -gt $peak ] && peak=$n
		n=$(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$HTTPS_PID/status"); [ "${n:-0}" -gt $anon ] && anon=$n
		sleep 0.05
	done
	ended $pid
	is "and out" $STATUS 0
	ok "byte for byte" cmp "$T/D3/data.bin" "$T/large.bin"
	note "peak memory: device $peak KiB, fota-https $anon KiB beside mapped files"
	ok "the device needs less than 64 MiB" test $peak -gt 0 -a $peak -lt 65536
	ok "fota-https less than 64 MiB beside mapped files" test $anon -gt 0 -a $anon -lt 65536
fi
done_testing
