#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# A native device (fotactl device simulate) over CoAP and HTTPS that is killed at any moment, whose
# connections are cut, whose flash is not what it should be, or whose action is taken back: it ends with the
# right bytes in flash, and SQL agrees. Every message it sent or got is checked against the grammar.
. "$(dirname "$0")/lib.sh"
need_cluster "${FOTA_PROFILE:-native}"
need_keys
start_https
start_coap
export FOTA_KEY_FILE=$T/wrap.key
CTL=$BIN/fotactl

head -c 400000 /dev/urandom >"$T/v1.bin"
{ head -c 300000 "$T/v1.bin"; echo news; tail -c 99000 "$T/v1.bin"; } >"$T/v2.bin"
head -c 1500000 /dev/urandom >"$T/v3.bin"
head -c 9000000 /dev/urandom >"$T/v4.bin"
chmod 644 "$T"/v?.bin
for m in a b; do
	SQL "SELECT fota.add_model('$m', '{app,sounds}'); UPDATE fota.model SET poll_every = '1 s', poll_active = '1 s' WHERE model = '$m';"
	for v in 1 2 3 4; do
		printf '%s\n' "\\set file \`base64 -w0 $T/v$v.bin\`
			SELECT fota.add_image('$m', 'app', '$v', decode(:'file', 'base64'), '{\"format\": \"raw\"}');" >"$T/add.sql"
		[ $v = 4 ] || "$(cluster_bin "$C")/psql" -XAtq -v ON_ERROR_STOP=1 -f "$T/add.sql"
	done
done >"$T/setup.log" 2>&1
start_worker FOTA_WORKER_POLL=100
"$CTL" image add "$T/v4.bin" --model b --component app --version 4 --format raw >>"$T/setup.log" 2>&1 || bail "setup"
is "the images are there" "$(SQL "SELECT count(*) FROM fota.image WHERE state = 'published'")" 7

# rule NAME MODEL ITEMS [COLUMNS VALUES]: everything of a model must have these from now on.
rule() {
	SQL "SELECT fota.stop_rollout(name) FROM fota.rule WHERE model = '$2' AND state = 'active';
		SELECT fota.add_release('$1', '$2', '$3'); INSERT INTO fota.rule (name, release, model${4:-}) VALUES ('$1', '$1', '$2'${5:-});
		SELECT fota.start_rollout('$1');" >"$T/rule.log" || cat "$T/rule.log"
}
"$CTL" device add C1 --model a --psk >"$T/C1.psk" || bail "device"
"$CTL" device add H1 --model b --token >"$T/H1.token" || bail "device"
# What a device is called with; each run writes its messages into a folder of its own.
coap_args() { ARGS=(device simulate C1 --coaps "coaps://127.0.0.1:$COAPS_PORT" --psk-file "$T/C1.psk" --state "$T/C1" --poll 1
	--factory "app=1:$T/v1.bin" --dump "$(mktemp -d "$T/C1.dump.XXXXXX")" "$@"); }
https_args() { ARGS=(device simulate H1 --https "$1" --ca "$T/ca.crt" --token "$(cat "$T/H1.token")" --state "$T/H1" --poll 1
	--factory "app=1:$T/v1.bin" --dump "$(mktemp -d "$T/H1.dump.XXXXXX")" "${@:2}"); }
coap() { coap_args "$@"; timeout 60 "$CTL" "${ARGS[@]}" >>"$T/C1.log" 2>&1; }
https() { https_args "$@"; timeout 60 "$CTL" "${ARGS[@]}" >>"$T/H1.log" 2>&1; }
# kill_at BYTES ARGS ..: the CoAP device is killed as soon as so much of a transfer is there.
kill_at() {
	coap_args "${@:2}"
	"$CTL" "${ARGS[@]}" >>"$T/C1.log" 2>&1 &
	perl -e 'my ($pid, $file, $size) = @ARGV;
		for (1 .. 100000) { last if (-s $file // 0) >= $size || !kill 0, $pid; select undef, undef, undef, 0.0001 }
		kill 9, $pid' $! "$T/C1/app.part" "$1"
	wait $! 2>/dev/null
}
part_size() { stat -c %s "$T/$1/app.part" 2>/dev/null || echo 0; }
has() { SQL "SELECT version FROM fota.device_contents h JOIN fota.device d USING (tenant_id, device_id) WHERE d.name = '$1' AND component = 'app' AND present"; }
last_action() { SQL "SELECT a.state || ' ' || string_agg(i.state || coalesce(' ' || i.code, ''), ',') FROM fota.action a
	JOIN fota.device d USING (tenant_id, device_id) LEFT JOIN fota.action_item i USING (tenant_id, device_id, action)
	WHERE d.name = '$1' GROUP BY a.action, a.state ORDER BY a.action DESC LIMIT 1"; }

# --- killed in mid-download, over CoAP ---------------------------------------------------------------
ok "a device from the factory checks in over CoAP" coap --once
is "its contents are known" "$(has C1)" 1
rule c3 a '{"app": "3"}'
kills=0
for at in 100000 300000 550000 800000 1100000; do
	kill_at $at --until app=3
	if grep -q '^item 1 ' "$T/C1/state" && [ "$(part_size C1)" -ge $at ] && [ "$(part_size C1)" -lt 1500000 ]; then kills=$((kills + 1)); fi
done
ok "it was killed in the middle of a download ($kills times)" test $kills -ge 3
ok "started again it ends with version 3" coap --until app=3
ok "having gone on where it was" test "$(grep -c 'going on at byte [1-9]' "$T/C1.log")" -ge 3
ok "the flash is right, byte for byte" cmp "$T/C1/app.bin" "$T/v3.bin"
is "the action is finished" "$(last_action C1)" "finished confirmed"
is "and it was the only one" "$(SQL "SELECT count(*) FROM fota.action a JOIN fota.device d USING (tenant_id, device_id) WHERE d.name = 'C1'")" 1
ok "nothing but flash and state is kept" test "$(ls "$T/C1" | tr '\n' ' ')" = "app.bin state "

# --- cut connections, over HTTPS -------------------------------------------------------------------------
ok "a device from the factory checks in over HTTPS" https "$URL" --once
rule h4 b '{"app": "4"}'
RELAY=$(free_port)
"$TESTS_BIN/tcp_relay" "$RELAY" "$HTTPS_PORT" 2000000 3 >"$T/relay.log" 2>&1 &
STARTED_PIDS+=($!)
wait_for 5 sh -c "exec 3<>/dev/tcp/127.0.0.1/$RELAY" || sleep 0.5
ok "through a relay that cuts the connection it ends with version 4" https "https://127.0.0.1:$RELAY" --until app=4
is "the connection was cut three times" "$(grep -c '^cut' "$T/relay.log")" 3
is "each time it went on where it was" "$(grep -c 'going on at byte [1-9]' "$T/H1.log")" 3
ok "the flash is right, byte for byte" cmp "$T/H1/app.bin" "$T/v4.bin"
is "the action is finished" "$(last_action H1)" "finished confirmed"

# --- power lost between two steps ---------------------------------------------------------------------------
# Killed in mid-download, then the folder is put into the state of a later moment.
interrupted() {
	local old
	old=$(has C1)
	rule "$1" a "{\"app\": \"$2\"}" "${3:-}" "${4:-}"
	kill_at 60000 --no-delta --until "app=$2"
	grep -q "^item 1 .* $2\$" "$T/C1/state" && [ "$(has C1)" = "$old" ]
}
ok "killed in the middle of a download" interrupted p1 1 ", allow_downgrade" ", true"
sed -i 's/^item 1/item 3/' "$T/C1/state"; cp "$T/v1.bin" "$T/C1/app.new"; rm "$T/C1/app.part"
ok "with the result made but not in flash it is installed at the next start" coap --until app=1
ok "byte for byte" cmp "$T/C1/app.bin" "$T/v1.bin"
is "and the action is finished" "$(last_action C1)" "finished confirmed"
ok "killed in the middle of a download again" interrupted p2 3
sed -i 's/^item 1/item 3/' "$T/C1/state"; cp "$T/v3.bin" "$T/C1/app.bin"; rm "$T/C1/app.part"
ok "with the result in flash but not noted the next start notes it" coap --until app=3
is "and the action is finished" "$(last_action C1)" "finished confirmed"
ok "killed in the middle of a download once more" interrupted p3 1 ", allow_downgrade" ", true"
printf 'damage' | dd of="$T/C1/app.part" bs=1 seek=1000 conv=notrunc 2>/dev/null
ok "with bytes of the transfer damaged it still ends right" coap --until app=1
like "the damage was noticed" "$(tail -n 20 "$T/C1.log")" 'the transfer is damaged'
ok "the flash is right, byte for byte" cmp "$T/C1/app.bin" "$T/v1.bin"

# --- an action that is taken back -------------------------------------------------------------------------------
ok "killed in the middle of a download, then the rollout is stopped" interrupted q1 3
SQL "SELECT fota.stop_rollout('q1')" >/dev/null
ok "the device drops what it had fetched" coap --once
like "since it is not offered any more" "$(tail -n 5 "$T/C1.log")" 'cancelled'
is "the action is cancelled" "$(last_action C1)" "cancelled cancelled"
ok "the flash is the old one" cmp "$T/C1/app.bin" "$T/v1.bin"
ok "and nothing else is kept" test ! -e "$T/C1/app.part"

# --- a delta whose base is not there ---------------------------------------------------------------------------
# The flash is changed behind the device's back: it says the old tag, and finds out when it applies the delta.
rule w2 a '{"app": "2"}' ", wait_for_delta" ", true"
coap --once
V2=$(sha256sum "$T/v2.bin" | cut -d' ' -f1)
delta_ready() { [ "$(SQL "SELECT count(*) FROM fota.delta WHERE state = 'ready' AND target = '\\x$V2'")" = 1 ]; }
ok "the delta is made" wait_for 30 delta_ready
echo changed >>"$T/C1/app.bin"
ok "a device with other contents than it said ends with the new version" coap --until app=2
like "having found that the delta does not fit" "$(cat "$T/C1.log")" 'failed, code 2'
like "and fetched the whole" "$(tail -n 8 "$T/C1.log")" 'fetched 399005 bytes as the whole'
ok "the flash is right, byte for byte" cmp "$T/C1/app.bin" "$T/v2.bin"
is "which is no failure" "$(last_action C1)" "finished confirmed 2"
is "but a second try of the same action" "$(SQL "SELECT try FROM fota.action_item ORDER BY changed_at DESC LIMIT 1")" 1

# --- tags, components, credentials -------------------------------------------------------------------------------
sed -i 's/^tag .*/tag 0000000000000000/' "$T/C1/state"
ok "a device with a tag that nobody gave is asked for its contents and goes on" coap --once
is "by a second check-in" "$(find "$(ls -td "$T"/C1.dump.* | head -n 1)" -name '*checkin*' | wc -l)" 2
rule s1 a '{"app": "2", "sounds": null}'
mkdir "$T/C2"
"$CTL" device add C2 --model a --psk >"$T/C2.psk"
C2() { "$CTL" device simulate C2 --coaps "coaps://127.0.0.1:$COAPS_PORT" --psk-file "$T/C2.psk" --state "$T/C2" --factory "app=2:$T/v2.bin" \
	--factory "sounds=5:$T/v1.bin" --poll 1 --dump "$(mktemp -d "$T/C2.dump.XXXXXX")" "$@" >>"$T/C2.log" 2>&1; }
ok "a device with a component that must be absent checks in" C2 --once
ok "and has it no more" test ! -e "$T/C2/sounds.bin" -a -e "$T/C2/app.bin"
is "as SQL knows" "$(SQL "SELECT string_agg(component || ' ' || present, ',' ORDER BY component) FROM fota.device_contents h JOIN fota.device d USING (tenant_id, device_id) WHERE d.name = 'C2'")" "app true,sounds false"
ok "started again the factory's image does not come back" C2 --once
ok "it stays away" test ! -e "$T/C2/sounds.bin"
"$CTL" device simulate H1 --https "$URL" --ca "$T/ca.crt" --token nonsense --state "$T/X1" --once >"$T/out" 2>"$T/err"
is "a device with a wrong token ends with status 1" $? 1
like "and says that it is refused" "$(cat "$T/err")" '^error 28000: H1: the server refuses this device \(401'
"$CTL" device simulate H1 --https "$URL" --ca /etc/ssl/certs/ca-certificates.crt --token "$(cat "$T/H1.token")" --state "$T/X1" --once >"$T/out" 2>"$T/err"
is "a server of another CA is not spoken to" $? 1
like "which is said" "$(cat "$T/err")" '^error 28000: .*certificate'
echo "$(cut -d' ' -f1 "$T/C1.psk") 00112233445566778899aabbccddeeff" >"$T/X.psk"
timeout 60 "$CTL" device simulate C1 --coaps "coaps://127.0.0.1:$COAPS_PORT" --psk-file "$T/X.psk" --state "$T/X2" --once >"$T/out" 2>"$T/err"
is "a device with a wrong key ends with status 1" $? 1
like "and says why" "$(cat "$T/err")" '^error 08006: C1: no answer'
echo nonsense >"$T/X.psk"
"$CTL" device simulate C1 --coaps "coaps://127.0.0.1:$COAPS_PORT" --psk-file "$T/X.psk" --state "$T/X2" --once >"$T/out" 2>"$T/err"
like "a key file that is none is told" "$(cat "$T/err")" '^error 58030: .*identity key-in-hex'
mkdir "$T/X3"; echo hello >"$T/X3/state"
"$CTL" device simulate H1 --https "$URL" --ca "$T/ca.crt" --token x --state "$T/X3" --once >"$T/out" 2>"$T/err"
like "a folder with a state that is none is refused" "$(cat "$T/err")" '^error 58030: .*no state of a simulated device'
is "and left as it is" "$(cat "$T/X3/state")" hello
https_args "$URL"
"$CTL" "${ARGS[@]}" >"$T/term.log" 2>&1 &
wait_for 10 grep -q 'nothing to do' "$T/term.log"
kill $!; wait $!
is "SIGTERM ends a device with status 0" $? 0

# --- messages ----------------------------------------------------------------------------------------------------
for kind in checkin decision report; do
	bad='' count=0
	for f in "$T"/*.dump*/*-$kind.cbor; do
		count=$((count + 1))
		"$TESTS_BIN/cddl" "$FOTA_TOP/frontends/native.cddl" $kind <"$f" >/dev/null 2>&1 || bad="$bad $f"
	done
	ok "there are messages of kind $kind ($count)" test $count -gt 10
	is "each $kind is one by the grammar" "$bad" ""
done
done_testing
