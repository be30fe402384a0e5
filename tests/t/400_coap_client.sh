#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Debian's coap-client-openssl against fota-coap over DTLS-PSK: check-in, a 256 KiB image in blocks of 64
# and 1024, single blocks in any order, reports; wrong key and unknown identity. The client always exits 0:
# what counts is what it received and what it logged (-v 7).
. "$(dirname "$0")/lib.sh"
need_cluster native
start_coap

KEY=0123456789abcdef					# the client takes printable keys only
ID=1.1.coap-1
NONCE=0011223344556677
BASE=coaps://127.0.0.1:$COAPS_PORT

head -c 262144 /dev/urandom >"$T/image.bin"
chmod 644 "$T/image.bin"
printf '%s\n' "\\set image \`base64 -w0 $T/image.bin\`
	SELECT fota.add_model('sensor', '{app}');
	INSERT INTO fota.device (model, serial, name) VALUES ('sensor', 'coap-1', 'coap-1');
	SELECT fota.add_image('sensor', 'app', '2.0.0', decode(:'image', 'base64'));
	INSERT INTO fota.credential (device_id, kind, identity, secret)
	SELECT device_id, 'psk', '$ID', '\\x$("$TESTS_BIN/wrap_psk" "$T/wrap.key" "$ID" "$KEY")' FROM fota.device WHERE name = 'coap-1';
	SELECT fota.add_release('r2', 'sensor', '{\"app\": \"2.0.0\"}');
	INSERT INTO fota.rule (name, release, model) VALUES ('r2', 'r2', 'sensor');
	SELECT fota.start_rollout('r2');" >"$T/setup.sql"
ok "a DBA publishes an image and a rule" "$(cluster_bin "$C")/psql" -X -q -v ON_ERROR_STOP=1 -f "$T/setup.sql"

bytes() { perl -e 'print pack "H*", $ARGV[0]' "$1"; }
hex_of() { od -An -v -tx1 "$1" 2>/dev/null | tr -d ' \n'; }
# client USER KEY ARGS .. PATH: the body goes to $T/out, the log to $T/out.log.
client() {
	local user=$1 key=$2; shift 2
	local path=${!#}
	rm -f "$T/out"
	timeout 60 coap-client-openssl -v 7 -B "${WAIT:-20}" -u "$user" -k "$key" -o "$T/out" "${@:1:$#-1}" "$BASE$path" \
		>"$T/out.log" 2>&1
	touch "$T/out"
}
# The code of the last answer, as the log has it: 2.05
answered() { grep -oE 'c:[2-5]\.[0-9]{2}' "$T/out.log" | tail -n 1 | cut -c3-; }
valid() { "$TESTS_BIN/cddl" "$FOTA_TOP/frontends/native.cddl" "$1" <"$2"; }

# --- check-in -----------------------------------------------------------------------------------
# {0: nonce, 2: {"app": ["1.0.0", null]}, 3: {0: [[0]], 1: 0, 2: 0}}
bytes "a30048${NONCE}02a1636170708265312e302e30f603a300818100010002""00" >"$T/checkin"
ok "the check-in of this test is one by the grammar" valid checkin "$T/checkin"
client $ID $KEY -m post -t 60 -f "$T/checkin" /c
is "a check-in is answered 2.05" "$(answered)" 2.05
ok "its answer is a decision by the grammar" valid decision "$T/out"
cp "$T/out" "$T/decision"
SHA=$(sha256sum "$T/image.bin" | cut -c1-64)
like "the decision repeats the nonce" "$(hex_of "$T/decision")" "0048$NONCE"
like "it offers version 2.0.0" "$(hex_of "$T/decision")" "0365322e302e30"
like "with the digest of the image" "$(hex_of "$T/decision")" "045820$SHA"
like "and its etag" "$(hex_of "$T/decision")" "0848${SHA:0:16}"
client $ID $KEY -m post -t 60 -f "$T/checkin" /c
is "a second check-in gets the same action" "$(SQL "SELECT count(*) FROM fota.action")" 1
ITEM=$(SQL "SELECT action || '/' || item FROM fota.action_item")
like "the item has an address" "$ITEM" '^[0-9]+/[0-9]+$'
# {0: nonce, 1: the tag of the decision}
TAG=$(SQL "SELECT encode(inventory, 'hex') FROM fota.device_report_state")
bytes "a20048${NONCE}0148$TAG" >"$T/short"
client $ID $KEY -m post -t 60 -f "$T/short" /c
is "a check-in with the tag alone is enough" "$(answered)" 2.05
bytes "a20048${NONCE}01480000000000000000" >"$T/short"
client $ID $KEY -m post -t 60 -f "$T/short" /c
is "another tag asks for contents and accept again" "$(answered)" 4.09

# --- artifact -----------------------------------------------------------------------------------
client $ID $KEY "/a/$ITEM"
ok "256 KiB arrive in blocks of the server's size" cmp "$T/out" "$T/image.bin"
client $ID $KEY -b 1024 "/a/$ITEM"
ok "and in blocks of 1024" cmp "$T/out" "$T/image.bin"
like "the first block says the whole size and the etag" "$(grep -m1 -E 'Size2' "$T/out.log")" "Size2:262144"
like "the blocks were of 1024" "$(cat "$T/out.log")" "Block2:255/_/1024"
client $ID $KEY -b 64 "/a/$ITEM"
ok "and in blocks of 64" cmp "$T/out" "$T/image.bin"
like "the blocks were of 64" "$(cat "$T/out.log")" "Block2:4095/_/64"
client $ID $KEY -b 100,512 "/a/$ITEM"
ok "a single block in the middle is what it should be" cmp <(head -c 512 "$T/out") <(tail -c +51201 "$T/image.bin" | head -c 512)
client $ID $KEY "/a/9999/1"
is "an action that is not the device's is not found" "$(answered)" 4.04
client $ID $KEY "/a/x/y"
is "nor is what is no number" "$(answered)" 4.04

# --- reports ------------------------------------------------------------------------------------
ACTION=${ITEM%/*}
report() { bytes "a300$(printf %02x "$ACTION")01f602$1" >"$T/report"; client $ID $KEY -m post -t 60 -f "$T/report" /r; }
[ "$ACTION" -lt 24 ] || bail "action numbers begin low"
report 01
is "a report is answered 2.04" "$(answered)" 2.04
ok "the report of this test is one by the grammar" valid report "$T/report"
report 0a
is "state 10 is malformed" "$(answered)" 4.00
report 04
is "done is answered 2.04" "$(answered)" 2.04
bytes "a30048${NONCE}02a163617070""8265322e302e305820${SHA}03a300818100010002""00" >"$T/checkin2"
ok "the check-in with the new contents is one by the grammar" valid checkin "$T/checkin2"
client $ID $KEY -m post -t 60 -f "$T/checkin2" /c
is "the new contents are accepted" "$(answered)" 2.05
ok "with a decision" valid decision "$T/out"
is "the action is finished" "$(SQL "SELECT state FROM fota.action")" finished
is "the item is confirmed" "$(SQL "SELECT state FROM fota.action_item")" confirmed
is "the contents are the new ones" "$(SQL "SELECT version || ' ' || encode(digest, 'hex') FROM fota.device_contents WHERE component = 'app'")" "2.0.0 $SHA"
client $ID $KEY "/a/$ITEM"
is "a closed action grants nothing more" "$(answered)" 4.04

# --- refused ------------------------------------------------------------------------------------
printf '\xa1\x00' >"$T/bad"
client $ID $KEY -m post -t 60 -f "$T/bad" /c
is "CBOR cut short is malformed" "$(answered)" 4.00
client $ID $KEY -m post -t 60 -f "$T/checkin" /nowhere
is "an unknown path is not found" "$(answered)" 4.04
client $ID $KEY -m get /c
is "a wrong method is not allowed" "$(answered)" 4.05
WAIT=4 client $ID fedcba9876543210 -m post -t 60 -f "$T/checkin" /c
is "with a wrong key nothing is answered" "$(answered)$(wc -c <"$T/out")" 0
WAIT=4 client 1.1.nobody $KEY -m post -t 60 -f "$T/checkin" /c
is "nor to an unknown identity" "$(answered)$(wc -c <"$T/out")" 0
WAIT=4 client 2.1.coap-1 $KEY -m post -t 60 -f "$T/checkin" /c
is "nor to the same device of another tenant" "$(answered)$(wc -c <"$T/out")" 0
client $ID $KEY -m post -t 60 -f "$T/checkin2" /c
is "the right key still works" "$(answered)" 2.05
done_testing
