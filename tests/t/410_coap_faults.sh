#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# fota-coap when things go wrong: bodies that are no messages, repetitions and lost answers, blocks in any
# order, devices that start again, keys that are unknown or revoked, PostgreSQL that is slow, killed or away.
# The client (tests/fleet/talk_coap.c) is told each message; Debian's own client is in 400.
. "$(dirname "$0")/lib.sh"
need_cluster "${FOTA_PROFILE:-native}"
need_keys

KEY=0123456789abcdef
NONCE=0011223344556677
CHECKIN=a20048${NONCE}02a1636170708265312e302e30f6	# {0: nonce, 2: {"app": ["1.0.0", null]}}
unhex() { perl -0777 -ne 's/\s//g; print pack "H*", $_'; }

head -c 70001 /dev/urandom >"$T/image.bin"
chmod 644 "$T/image.bin"
{
	cat <<-SQL
		\\set image \`base64 -w0 $T/image.bin\`
		SELECT fota.add_model('sensor', '{app}');
		INSERT INTO fota.device (model, serial) SELECT 'sensor', unnest('{F1,F2,F3,F4}'::text[]);
		SELECT fota.add_image('sensor', 'app', '2.0.0', decode(:'image', 'base64'), '{"format": "raw"}');
		SELECT fota.add_release('r2', 'sensor', '{"app": "2.0.0"}');
		INSERT INTO fota.rule (name, release, model) VALUES ('r2', 'r2', 'sensor');
		SELECT fota.start_rollout('r2');
	SQL
	for d in F1 F2 F3; do
		echo "SELECT fota.add_credential('$d', 'psk', '1.1.$d', NULL, '\\x$("$TESTS_BIN/wrap_psk" "$T/wrap.key" "1.1.$d" $KEY)', NULL);"
	done
} >"$T/setup.sql"
ok "a DBA publishes an image, a rule and three keys" "$(cluster_bin "$C")/psql" -X -q -v ON_ERROR_STOP=1 -f "$T/setup.sql"
start_coap FOTA_LOG=debug

# --- clients: begin NAME IDENTITY [KEY]; say NAME COMMAND prints the answer -----------------------------
begin() {
	mkfifo "$T/$1.in" "$T/$1.out"
	"$TESTS_BIN/talk_coap" "$COAPS_PORT" "$2" "${3:-$KEY}" <"$T/$1.in" >"$T/$1.out" 2>"$T/$1.err" &
	STARTED_PIDS+=($!)
	eval "exec {$1_in}>'$T/$1.in' {$1_out}<'$T/$1.out'"
}
say() {
	local in=$1_in out=$1_out line
	printf '%s\n' "${*:2}" >&"${!in}"
	IFS= read -r -t 60 -u "${!out}" line
	printf '%s\n' "$line"
}
# ask NAME REQUEST ...: sends and prints the answer; code NAME REQUEST ...: its code alone
ask() { say "$1" "send ${*:2}" >/dev/null; say "$1" "recv 15"; }
code() { ask "$@" | cut -d' ' -f2; }
field() { sed -n "s/.* $1=\([^ ]*\).*/\1/p"; }
text_of() { field body | unhex; }
valid() { say "$1" "save $T/message" >/dev/null; "$TESTS_BIN/cddl" "$FOTA_TOP/frontends/native.cddl" "$2" <"$T/message"; }

begin f1 1.1.F1
is "a device opens a session" "$(say f1 open)" open
is "its check-in is answered" "$(code f1 "CON POST c format=60 body=$CHECKIN")" 2.05
ok "with a decision by the grammar" valid f1 decision
ITEM=$(SQL "SELECT action || '/' || item FROM fota.action_item JOIN fota.device USING (tenant_id, device_id) WHERE name = 'F1'")
like "and gets an action" "$ITEM" '^[0-9]+/[0-9]+$'
ACTION=${ITEM%/*}
[ "$ACTION" -lt 24 ] || bail "action numbers begin low"
A=$(printf %02x "$ACTION")
report() { printf 'body=a300%s01f602%s' "$A" "$1"; }	# {0: action, 1: null, 2: state}
count() { SQL "SELECT count(*) FROM fota.report JOIN fota.device USING (tenant_id, device_id) WHERE name = 'F1' AND state = $1"; }

# --- bodies that are no messages -------------------------------------------------------------------------
errors() { grep -c ' ERROR: ' "$C/data/server.log"; }
errors_before=$(errors)
bad() { is "$1 is 4.00" "$(code f1 "CON POST ${3:-c} format=60 body=$(printf %s "$2" | tr -d ' ')")" 4.00; }
repeat() { local i; for i in $(seq "$1"); do printf %s "$2"; done; }
bad "an empty body" ''
bad "a body that is no map" 83010203
bad "a check-in without nonce" a0
bad "a nonce of 7 bytes" a1004701020304050607
bad "a map cut short" a20048
bad "something after the map" "a10048${NONCE}00"
bad "a key twice" "a20048${NONCE}0048$NONCE"
bad "U+0000 in a text" "a20048${NONCE}04a161616100"
bad "U+0000 in a component" "a20048${NONCE}02a161008265312e302e30f6"
bad "bytes that are no UTF-8" "a20048${NONCE}04a1616161ff"
bad "an overlong encoding" "a20048${NONCE}04a1616162c080"
bad "a lone high surrogate" "a20048${NONCE}04a1616163eda080"
bad "a lone low surrogate" "a20048${NONCE}04a1616163edb080"
bad "a code point beyond U+10FFFF" "a20048${NONCE}04a1616164f4908080"
bad "nesting of 500" "a20048${NONCE}04$(repeat 500 81)00"
bad "nesting of 500 under a key that nobody knows" "a20048${NONCE}1863$(repeat 500 81)00"
bad "an integer beyond 2^53" "a20048${NONCE}04a161611b0020000000000001"
bad "a negative one" "a20048${NONCE}04a161613b0020000000000001"
bad "the largest integer" "a20048${NONCE}04a161611bffffffffffffffff"
bad "a bignum" "a20048${NONCE}04a16161c24affffffffffffffffffff"
bad "a float" "a20048${NONCE}04a16161fb7e37e43c8800759c"
bad "an array of 2^32" "a20048${NONCE}029b0000000100000000"
bad "a text of 2^62 bytes" "a20048${NONCE}087b4000000000000000"
bad "an indefinite length" "bf0048${NONCE}ff"
bad "a report of state 10" "a300${A}01f6020a" r
bad "a report with U+0000 in its text" "a400${A}01f602050462 4100" r
bad "a report with a text of 257 bytes" "a400${A}01f60205 04790101$(repeat 257 41)" r
bad "a report of an action beyond int32" "a3001affffffff01f60201" r
like "the answer says what is wrong and where" "$(ask f1 "CON POST r format=60 body=a300${A}01f6020a" | text_of)" 'byte 6: state: found 10, expected 1 to 9'
is "after all that a check-in is answered" "$(code f1 "CON POST c format=60 body=$CHECKIN")" 2.05
is "no statement of PostgreSQL failed for it" "$(errors)" "$errors_before"
unlike "and the program has nothing to say of one" "$(cat "$T/fota-coap.log")" 'sqlstate='

# --- requests that are not as they should be -------------------------------------------------------------
is "another Content-Format is 4.15" "$(code f1 "CON POST c format=50 body=$CHECKIN")" 4.15
is "none is 4.15" "$(code f1 "CON POST r $(report 01)")" 4.15
is "an Accept of JSON is 4.06" "$(code f1 "CON POST c format=60 accept=50 body=$CHECKIN")" 4.06
is "an unknown critical option is 4.02" "$(code f1 "CON POST c format=60 option=2049:01 body=$CHECKIN")" 4.02
is "an unknown elective one is ignored" "$(code f1 "CON POST c format=60 option=2050:01 body=$CHECKIN")" 2.05
is "If-Match is 4.02" "$(code f1 "CON GET a/$ITEM option=1:01")" 4.02
is "a reserved block size is 4.00" "$(code f1 "CON GET a/$ITEM option=23:07")" 4.00
is "GET of /c is 4.05" "$(code f1 "CON GET c")" 4.05
is "DELETE of /c is 4.05" "$(code f1 "CON DELETE c")" 4.05
is "DELETE of nothing is 4.04" "$(code f1 "CON DELETE nothing")" 4.04
is "there is no list of resources" "$(code f1 "CON GET .well-known/core")" 4.04
is "a child that is not the gateway's is 4.04" "$(code f1 "CON GET a/$ITEM query=d=F2")" 4.04
is "a child's name that can be none is 4.04" "$(code f1 "CON GET a/$ITEM query=d=F2%27")" 4.04
is "a check-in for a child that is not there is 4.04" "$(code f1 "CON POST c format=60 body=a20048${NONCE}05624632")" 4.04
like "a request that needs no acknowledgement gets an answer that needs none" "$(ask f1 "NON POST c format=60 body=$CHECKIN")" '^NON 2.05 '

# --- large bodies, in and out -----------------------------------------------------------------------------
# A check-in of 32 attributes of 64 bytes: 2.4 KiB
perl -e 'print pack("H*", "a20048'$NONCE'04b820"); printf "%s%s%s", pack("H*", "6a") . sprintf("attr%06d", $_), pack("H*", "7840"), "v" x 64 for 1 .. 32' >"$T/large"
ok "a check-in of $(stat -c %s "$T/large") bytes is one by the grammar" "$TESTS_BIN/cddl" "$FOTA_TOP/frontends/native.cddl" checkin <"$T/large"
part() { ask f1 "CON POST c format=60 block1=$1/$2/512 file=$T/large ${3:-}"; }
is "its first block is taken" "$(part 0 M | cut -d' ' -f2,5-)" "2.31 block1=0/M/512 body="
is "one that is out of order is 4.08" "$(part 2 M | cut -d' ' -f2)" 4.08
for n in 1 2 3; do part $n M >/dev/null; done
is "a block that comes again is taken again" "$(part 3 M | cut -d' ' -f2)" 2.31
is "with the last the check-in is answered" "$(part 4 _ | cut -d' ' -f2)" 2.05
ok "by a decision" valid f1 decision
is "and all attributes are stored" "$(SQL "SELECT count(*) FROM fota.device d, jsonb_object_keys(d.attributes) WHERE d.name = 'F1'")" 32
part 0 M "tag=01" >/dev/null
is "a block with another Request-Tag is 4.08" "$(part 1 M "tag=02" | cut -d' ' -f2)" 4.08
is "a body that says to have 4097 bytes is 4.13" "$(part 0 M size1=4097 | cut -d' ' -f2)" 4.13
like "and is told how many it may have" "$(part 0 M size1=4097)" ' size1=4096 '
head -c 5000 /dev/zero >"$T/huge"
for n in 0 1 2 3 4 5 6; do ask f1 "CON POST c format=60 block1=$n/M/512 file=$T/huge" >/dev/null; done
is "one that does not say so is 4.13 when it is there" "$(code f1 "CON POST c format=60 block1=7/M/512 file=$T/huge")" 4.13
timeout 60 coap-client-openssl -v 7 -B 20 -u 1.1.F1 -k $KEY -m post -t 60 -o "$T/message" -f "$T/large" "coaps://127.0.0.1:$COAPS_PORT/c" >"$T/client.log" 2>&1
ok "Debian's client brings a large check-in, too" "$TESTS_BIN/cddl" "$FOTA_TOP/frontends/native.cddl" decision <"$T/message"
timeout 60 coap-client-openssl -v 7 -B 20 -u 1.1.F1 -k $KEY -m post -t 60 -f "$T/huge" "coaps://127.0.0.1:$COAPS_PORT/c" >"$T/client.log" 2>&1
like "and is told that one of 5000 bytes is too large" "$(cat "$T/client.log")" 'c:4.13'
ask f1 "CON POST c format=60 block2=0/_/16 body=$CHECKIN" >"$T/answer"
like "a decision leaves in blocks of 16" "$(cat "$T/answer")" ' block2=0/M/16 size2=[0-9]+ '
SIZE=$(field size2 <"$T/answer")
field body <"$T/answer" >"$T/decision.hex"
for n in $(seq 1 $(((SIZE - 1) / 16))); do ask f1 "CON POST c block2=$n/_/16" | field body >>"$T/decision.hex"; done
unhex <"$T/decision.hex" >"$T/message"
ok "that are a decision by the grammar" "$TESTS_BIN/cddl" "$FOTA_TOP/frontends/native.cddl" decision <"$T/message"
is "and no block more" "$(code f1 "CON POST c block2=$((SIZE / 16 + 1))/_/16")" 4.00

# --- artifacts: any block, any size, any order, any session -------------------------------------------------
SHA=$(sha256sum "$T/image.bin" | cut -c1-16)
fetch() { is "blocks of $1, $2" "$(say f1 "fetch a/$ITEM $1 $2 $T/got")" "fetched 70001"; ok "byte for byte" cmp "$T/got" "$T/image.bin"; }
fetch 1024 forward
fetch 1024 backward
fetch 512 shuffled
fetch 64 shuffled
fetch 16 forward
is "the last block says that it is the last" "$(ask f1 "CON GET a/$ITEM block2=68/_/1024" | field block2)" 68/_/1024
is "behind it there is none" "$(code f1 "CON GET a/$ITEM block2=69/_/1024")" 4.00
like "etag, format and size" "$(ask f1 "CON GET a/$ITEM")" "etag=$SHA format=42 block2=0/M/1024 size2=70001 "
is "the size is said with the first block only" "$(ask f1 "CON GET a/$ITEM block2=1/_/64" | field size2)" ""
say f1 drop >/dev/null
say f1 open >/dev/null
is "a download goes on in another session" "$(ask f1 "CON GET a/$ITEM block2=40/_/1024" | field body | cut -c1-2048)" "$(tail -c +40961 "$T/image.bin" | head -c 1024 | od -An -v -tx1 | tr -d ' \n')"

# --- devices that start again ---------------------------------------------------------------------------
for how in drop close drop drop close; do
	say f1 $how >/dev/null
	is "after $how a session opens on the same port" "$(say f1 open)" open
	is "and serves" "$(code f1 "CON POST c format=60 body=$CHECKIN")" 2.05
done

# --- repetitions ------------------------------------------------------------------------------------------
is "a report is answered" "$(ask f1 "CON POST r format=60 mid=1000 token=aa $(report 01)")" "ACK 2.04 mid=1000 token=aa body="
is "it was stored" "$(count 1)" 1
is "the same again gets the same answer" "$(ask f1 "CON POST r format=60 mid=1000 token=aa $(report 01)")" "ACK 2.04 mid=1000 token=aa body="
is "the same again as a new message, too" "$(code f1 "CON POST r format=60 $(report 01)")" 2.04
is "and it is stored once" "$(count 1)" 1

# PostgreSQL takes longer than a device waits for an acknowledgement: its processes are stopped.
SU() { cluster_psql "$C" -d fota -Atqc "$1"; }
backends() { SU "SELECT pid FROM pg_stat_activity WHERE usename = 'fe'"; }
PIDS=$(backends)
kill -STOP $PIDS
say f1 "send CON POST r format=60 mid=2000 token=bb $(report 02)" >/dev/null
say f1 "send CON POST r format=60 mid=2000 token=bb $(report 02)" >/dev/null
is "an answer that takes long is announced by an empty acknowledgement" "$(say f1 "recv 10")" "ACK 0.00 mid=2000 token= body="
say f1 "send CON POST r format=60 mid=2000 token=bb $(report 02)" >/dev/null
is "the repetition is acknowledged, and no more" "$(say f1 "recv 10")" "ACK 0.00 mid=2000 token= body="
kill -CONT $PIDS
like "the answer comes as a message of its own" "$(say f1 "recv 15")" '^CON 2.04 mid=[0-9]+ token=bb body=$'
is "once" "$(say f1 "recv 3")" nothing
is "the report was stored once" "$(count 2)" 1

kill -STOP $PIDS
say f1 "send CON POST c format=60 mid=3000 token=cc body=$CHECKIN" >/dev/null
say f1 "recv 10" >/dev/null
say f1 drop >/dev/null
is "a session opens while the old one's answer is under way" "$(say f1 open)" open
kill -CONT $PIDS
is "that answer goes to nobody" "$(say f1 "recv 3")" nothing
is "the new session is served" "$(code f1 "CON POST c format=60 body=$CHECKIN")" 2.05

# --- keys ---------------------------------------------------------------------------------------------------
begin wrong 1.1.F2 fedcba9876543210
begin nobody 1.1.nobody
begin other 2.1.F1
begin odd "1.1.F1'; --"
like "a wrong key is refused" "$(say wrong open)" '^refused '
like "so is an unknown identity" "$(say nobody open)" '^refused .*unknown psk identity'
like "so is that of another tenant" "$(say other open)" '^refused .*unknown psk identity'
like "so is one that is none" "$(say odd open)" '^refused .*unknown psk identity'
begin later 1.1.F4
like "a device without a key is refused" "$(say later open)" '^refused '
SQL "SELECT fota.add_credential('F4', 'psk', '1.1.F4', NULL, '\\x$("$TESTS_BIN/wrap_psk" "$T/wrap.key" 1.1.F4 $KEY)', NULL)" >/dev/null
ok "and is let in soon after it got one" wait_for 5 eval '[ "$(say later open)" = open ]'
openssl s_client -dtls1_2 -connect "127.0.0.1:$COAPS_PORT" -psk_identity 1.1.F1 -psk "$(printf %s $KEY | od -An -v -tx1 | tr -d ' \n')" \
	-cipher PSK-AES128-GCM-SHA256 -sess_out "$T/session.pem" </dev/null >"$T/s_client.log" 2>&1
like "OpenSSL's own client is let in" "$(cat "$T/s_client.log")" 'Cipher is PSK-AES128-GCM-SHA256'
unlike "it gets no session ticket" "$(cat "$T/s_client.log")" 'TLS session ticket:'
like "and no session to resume" "$(cat "$T/s_client.log")" $'Session-ID: *\n'
unlike "nor an identity hint" "$(cat "$T/s_client.log")" 'PSK identity hint: [^N]'
for suite in AES128-SHA256 PSK-AES128-CBC-SHA256 PSK-NULL-SHA256; do
	openssl s_client -dtls1_2 -connect "127.0.0.1:$COAPS_PORT" -psk_identity 1.1.F1 -psk 00 -cipher "$suite:@SECLEVEL=0" </dev/null >"$T/s_client.log" 2>&1
	like "$suite is not spoken" "$(cat "$T/s_client.log")" 'Cipher is \(NONE\)'
done

# The process that is asked for keys does not answer: whoever has a session does not feel it.
KEYS=$(SU "SELECT pid FROM pg_stat_activity WHERE usename = 'fe' AND application_name = 'fota keys'")
like "keys have a connection of their own" "$KEYS" '^[0-9]+$'
POSTMASTER=$(head -n 1 "$C/data/postmaster.pid")
kill -STOP "$POSTMASTER" "$KEYS"
for n in 1 2 3 4 5 6; do begin "s$n" "1.1.stranger$n"; eval "printf 'open\n' >&\${s${n}_in}"; done
is "a download goes on while strangers knock and nobody answers for them" "$(say f1 "fetch a/$ITEM 64 forward $T/got")" "fetched 70001"
ok "byte for byte, too" cmp "$T/got" "$T/image.bin"
kill -CONT "$POSTMASTER" "$KEYS"

# --- noise ------------------------------------------------------------------------------------------------
# FOTA_COAP_NOISE: how much of it
NOISE=${FOTA_COAP_NOISE:-5000}
for seed in 1 2; do
	is "$NOISE mutated requests within a session, seed $seed" "$(say later "noise $NOISE $seed")" "made $NOISE"
	say later open >/dev/null
	is "and it is served" "$(code later "CON POST c format=60 body=$CHECKIN")" 2.05
done
# Hellos without a cookie from 600 ports, and bytes of no meaning: nothing is kept for any of them.
perl -MIO::Socket::INET -e '
	my ($port, $count) = @ARGV;
	my $body = pack("n a32 C C n n C C", 0xfefd, "r" x 32, 0, 0, 2, 0xc0a8, 1, 0);
	my $hello = pack("C n n x6 n C", 22, 0xfefd, 0, 12 + length $body, 1) . substr(pack("N", length $body), 1)
		. pack("x2 x3") . substr(pack("N", length $body), 1) . $body;
	my @from = map { IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port, Proto => "udp") } 1 .. 600;
	srand 1;
	for my $n (1 .. $count) {
		my $data = $hello;
		if ($n % 3 == 0) { substr($data, int rand length $data, 1) = chr int rand 256 for 1 .. 4 }
		if ($n % 7 == 0) { $data = substr $data, 0, int rand length $data }
		$from[$n % 600]->send($data);
		select undef, undef, undef, 0.002 if $n % 100 == 0;
	}' "$COAPS_PORT" "$NOISE"
begin fresh 1.1.F1
is "after $NOISE hellos of strangers a device opens a session" "$(say fresh open)" open
is "and those who have one are served" "$(code f1 "CON POST c format=60 body=$CHECKIN")" 2.05

# --- a revoked key ------------------------------------------------------------------------------------------
begin f2 1.1.F2
is "F2 opens a session" "$(say f2 open)" open
is "and is served" "$(code f2 "CON POST c format=60 body=$CHECKIN")" 2.05
SQL "SELECT fota.revoke_credential(credential_id, 'lost') FROM fota.credential WHERE identity = '1.1.F2'" >/dev/null
ok "within 5 s of being revoked its check-in is 4.03" wait_for 5 eval '[ "$(code f2 "CON POST c format=60 body=$CHECKIN")" = 4.03 ]'
is "its report, too" "$(code f2 "CON POST r format=60 $(report 01)")" 4.03
is "and its download" "$(code f2 "CON GET a/$ITEM")" 4.03
say f2 close >/dev/null
like "no other session is opened for it" "$(say f2 open)" '^refused .*unknown psk identity'
is "another device is served" "$(code f1 "CON POST c format=60 body=$CHECKIN")" 2.05

# --- PostgreSQL is killed -----------------------------------------------------------------------------------
kill -9 "$POSTMASTER"
wait_for 10 eval '[ "$(code f1 "CON POST c format=60 body=$CHECKIN")" = 5.03 ]'
like "without PostgreSQL a check-in is 5.03 and told how long to wait" "$(ask f1 "CON POST c format=60 body=$CHECKIN")" '^ACK 5.03 .* max-age=[0-9]+ '
like "so is a report" "$(ask f1 "CON POST r format=60 $(report 03)")" '^ACK 5.03 .* max-age=[0-9]+ '
fetch 256 shuffled
say f1 drop >/dev/null
is "a device whose key is remembered opens a session" "$(say f1 open)" open
is "and goes on with its download" "$(code f1 "CON GET a/$ITEM block2=3/_/1024")" 2.05
restarted() { cluster_start "$C" && "$(cluster_bin "$C")/pg_isready" -q; }
ok "PostgreSQL is started again" wait_for 60 restarted
export PGUSER=fota_dba
ok "when PostgreSQL is back so is the service" wait_for 30 eval '[ "$(code f1 "CON POST r format=60 $(report 03)")" = 2.04 ]'
is "the report was stored once" "$(count 3)" 1
is "no acknowledged one was lost" "$(count 1)$(count 2)" 11
is "check-ins are answered" "$(code f1 "CON POST c format=60 body=$CHECKIN")" 2.05
begin f3 1.1.F3
ok "a device that was never here is let in" wait_for 10 eval '[ "$(say f3 open)" = open ]'

# --- start and end ------------------------------------------------------------------------------------------
( FOTA_COAPS_PORT=$COAPS_PORT FOTA_BIND=127.0.0.1 FOTA_KEY_FILE="$T/wrap.key" FOTA_CACHE_DIR="$T/cache2" "$BIN/fota-coap" ) >"$T/second.log" 2>&1
is "a second process on the port ends at once" $? 1
like "and says why" "$(cat "$T/second.log")" "port $COAPS_PORT .*in use"
PIDS=$(backends)
kill -STOP $PIDS
say f3 "send CON POST c format=60 token=dd body=$CHECKIN" >/dev/null
kill -TERM "$COAP_PID"
say f3 "recv 5" >/dev/null
kill -CONT $PIDS
like "a request under way is answered before the end" "$(say f3 "recv 15")" ' 2.05 .*token=dd '
wait "$COAP_PID"
is "SIGTERM ends it with status 0" $? 0
cluster_stop "$C" immediate
COAPS_PORT=$(free_port)
start fota-coap2 PGUSER=fe FOTA_BIND=127.0.0.1 FOTA_COAPS_PORT="$COAPS_PORT" FOTA_KEY_FILE="$T/wrap.key" FOTA_CACHE_DIR="$T/cache" "$BIN/fota-coap"
ok "it starts without PostgreSQL" wait_for 10 grep -q listening "$T/fota-coap2.log"
begin f5 1.1.F1
like "lets nobody in whom it does not know" "$(say f5 open)" '^refused '
wait_for 60 restarted
export PGUSER=fota_dba
ok "and is there when PostgreSQL is" wait_for 20 grep -q ready "$T/fota-coap2.log"
ok "for everybody" wait_for 15 eval '[ "$(say f5 open)" = open ]'
is "with decisions" "$(code f5 "CON POST c format=60 body=$CHECKIN")" 2.05
kill -TERM "$LAST_PID"
wait "$LAST_PID"
is "and ends with status 0" $? 0
is "no run of it had anything that a sanitizer would report" "$(cat "$T"/fota-coap*.log | grep -cE 'AddressSanitizer|runtime error|LeakSanitizer')" 0
done_testing
