#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# fota-https seen by curl and by raw bytes: who is let in, what bodies are taken, ranges and conditions,
# transport rules, losing PostgreSQL, draining. Real clients are in 320.
. "$(dirname "$0")/lib.sh"
need_cluster "${FOTA_PROFILE:-native}"
need_keys

# --- a fleet: H1 token, H2 certificate, H3 another token, GW a gateway with CH behind it -------------
unhex() { perl -0777 -ne 's/\s//g; print pack "H*", $_'; }
FW="(SELECT string_agg(sha256(n::text::bytea), ''::bytea ORDER BY n) FROM generate_series(1, 262144) n)"
SQL "SELECT fota.add_model('lamp-1', '{app}');
	UPDATE fota.model SET poll_every = '10 s', poll_active = '2 s' WHERE model = 'lamp-1';
	INSERT INTO fota.device (model, serial) SELECT 'lamp-1', unnest('{H1,H2,H3,GW}'::text[]);
	INSERT INTO fota.device (model, serial, parent_id) SELECT 'lamp-1', 'CH', device_id FROM fota.device WHERE name = 'GW';
	SELECT fota.add_ca('throw-away', '$(cat "$T/ca.crt")');
	SELECT fota.add_credential(d.name, 'token', NULL, sha256(convert_to('tok-' || d.name, 'UTF8')), NULL, NULL)
		FROM fota.device d WHERE d.name IN ('H1', 'H3', 'GW');
	SELECT fota.add_image('lamp-1', 'app', '1.0.0', $FW, '{\"format\": \"raw\"}');
	SELECT fota.add_release('first', 'lamp-1', '{\"app\": \"1.0.0\"}');
	INSERT INTO fota.rule (name, release, model) VALUES ('first', 'first', 'lamp-1');
	SELECT fota.start_rollout('first');" >"$T/setup.log" || { cat "$T/setup.log"; bail "setup"; }
SQL "SELECT encode(f, 'hex') FROM (SELECT $FW f) x" | unhex >"$T/fw.bin"
SIZE=$(stat -c %s "$T/fw.bin")
SHA=$(sha256sum "$T/fw.bin" | cut -d' ' -f1)
device_cert H2
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$T/rogue.key" -out "$T/rogue.crt" \
	-subj /CN=H2 -days 3 >/dev/null 2>&1
start_https FOTA_STALL_SECONDS=3

H1='Authorization: Bearer tok-H1'
H3='Authorization: Bearer tok-H3'
D1='Authorization: TargetToken tok-H1'
JSON='Content-Type: application/json'
CTRL=$URL/DEFAULT/controller/v1
CHECKIN='{"nonce":"0102030405060708"}'
# web [curl options] URL: status; the body is in $T/body, the header in $T/head
web() { rm -f "$T/body"; : >"$T/body"; curl -s --max-time 20 --cacert "$T/ca.crt" -o "$T/body" -D "$T/head" -w '%{http_code}' "$@"; }
head_of() { tr -d '\r' <"$T/head" | sed -n "s/^$1: //Ip" | head -n 1; }
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p" "$T/body" | head -n 1; }
both() { echo "$(web "$@") $(head -c 200 "$T/body")"; }

is "healthz says ok" "$(both "$URL/healthz")" "200 ok"
wait_for 10 test "$(web "$URL/readyz")" = 200
is "readyz says ready when PostgreSQL answers" "$(both "$URL/readyz")" "200 ready"
is "an unknown path is 404" "$(web "$URL/nothing/here")" 404
is "a path with an encoded slash is 404" "$(web "$URL/fota/v1%2fc")" 404

# --- who is let in ----------------------------------------------------------------------------------
post() { web -X POST -H "$JSON" -d "$CHECKIN" "$@" "$URL/fota/v1/c"; }
CERT=(--cert "$T/H2.crt" --key "$T/H2.key")
is "native: nobody is 401" "$(post)" 401
is "native: an unknown token is 401" "$(post -H 'Authorization: Bearer nonsense')" 401
is "native: a DDI scheme is 401" "$(post -H "$D1")" 401
is "native: a token is let in" "$(post -H "$H1")" 200
is "native: a client certificate is let in" "$(post "${CERT[@]}")" 200
is "native: a client certificate over TLS 1.2 is let in" "$(post --tls-max 1.2 "${CERT[@]}")" 200
is "native: a certificate of nobody's CA is 403" "$(post --cert "$T/rogue.crt" --key "$T/rogue.key")" 403
like "and the answer says why" "$(cat "$T/body")" 'client certificate is not accepted: self-signed'
is "native: a gateway's token speaks for the device behind it" "$(web -H "$JSON" -H 'Authorization: Bearer tok-GW' -d '{"nonce":"0102030405060708","child":"CH"}' "$URL/fota/v1/c")" 200
is "native: but not for another" "$(web -H "$JSON" -H 'Authorization: Bearer tok-GW' -d '{"nonce":"0102030405060708","child":"H1"}' "$URL/fota/v1/c")" 404
is "DDI: nobody is 401" "$(web "$CTRL/H1")" 401
is "DDI: a token is let in" "$(web -H "$D1" "$CTRL/H1")" 200
is "DDI: the tenant's name in another case is let in" "$(web -H "$D1" "$URL/default/controller/v1/H1")" 200
is "DDI: a token of another device is 401" "$(web -H "$D1" "$CTRL/H3")" 401
is "DDI: another tenant is 401" "$(web -H "$D1" "$URL/OTHER/controller/v1/H1")" 401
is "DDI: the native scheme is 401" "$(web -H "$H1" "$CTRL/H1")" 401
is "DDI: a certificate is let in for its name" "$(web "${CERT[@]}" "$CTRL/H2")" 200
is "DDI: and not for another" "$(web "${CERT[@]}" "$CTRL/H1")" 401
is "DDI: a device nobody knows is 401" "$(web -H 'Authorization: GatewayToken nonsense' "$CTRL/NOBODY")" 401

# --- the native API ---------------------------------------------------------------------------------
post -H "$H1" >/dev/null
ACTION=$(field action)
ITEM=$(sed -n 's/.*"items":\[{"item":\([0-9]*\).*/\1/p' "$T/body")
ok "a check-in gets an action with an item" test -n "$ACTION" -a -n "$ITEM"
is "the decision repeats the nonce" "$(field nonce)" 0102030405060708
is "it names the version" "$(field version)" 1.0.0
is "and the digest of the result" "$(field sha256)" "$SHA"
is "the same action until it closes" "$(post -H "$H1" >/dev/null; field action)" "$ACTION"
printf '\xa1\x00\x48\x01\x02\x03\x04\x05\x06\x07\x08' >"$T/checkin.cbor"
is "a check-in in CBOR is taken" "$(web -H "$H1" -H 'Content-Type: application/cbor' --data-binary "@$T/checkin.cbor" "$URL/fota/v1/c") $(head_of content-type)" "200 application/cbor"
like "and answered in CBOR" "$(perl -0777 -ne 'print unpack "H*", $_' "$T/body")" '^a[3-9]00480102030405060708'
is "another type of body is 415" "$(web -H "$H1" -H 'Content-Type: text/plain' -d x "$URL/fota/v1/c")" 415
is "GET of /c is 405" "$(web -H "$H1" "$URL/fota/v1/c") $(head_of allow)" "405 POST"
is "more than 4 KiB is 413" "$(head -c 5000 /dev/zero | tr '\0' ' ' | web -H "$H1" -H "$JSON" --data-binary @- "$URL/fota/v1/c")" 413
is "more than 64 KiB is 413" "$(head -c 70000 /dev/zero | web -H "$H1" -H "$JSON" --data-binary @- "$URL/fota/v1/c")" 413
is "and it is said" "$(cat "$T/body")" "the body has more than 65536 bytes"

# --- bodies that PostgreSQL's jsonb would refuse, or read otherwise -----------------------------------
deep() { printf '%*s' "$1" '' | tr ' ' "$2"; }
bad_json() {
	local name=$1 body=$2
	printf '%b' "$body" >"$T/bad"
	is "native JSON: $name is 400" "$(web -H "$H1" -H "$JSON" --data-binary "@$T/bad" "$URL/fota/v1/c")" 400
	is "DDI JSON: $name is 400" "$(web -X PUT -H "$D1" -H "$JSON" --data-binary "@$T/bad" "$CTRL/H1/configData")" 400
}
bad_json "no JSON" 'hello'
bad_json "an empty body" ''
bad_json "an open object" '{"nonce":"0102030405060708","data":{"a":"b"}'
bad_json "something after the value" '{"nonce":"0102030405060708","data":{"a":"b"}}x'
bad_json "U+0000 as an escape" '{"nonce":"0102030405060708","data":{"a":"\\u0000"}}'
bad_json "U+0000 as a byte" '{"nonce":"0102030405060708","data":{"a":"\0000"}}'
bad_json "a lone surrogate" '{"nonce":"0102030405060708","data":{"a":"\\ud800"}}'
bad_json "a lone low surrogate" '{"nonce":"0102030405060708","data":{"a":"\\udc00x"}}'
bad_json "bytes that are no UTF-8" '{"nonce":"0102030405060708","data":{"a":"\xff"}}'
bad_json "an overlong encoding" '{"nonce":"0102030405060708","data":{"a":"\xc0\x80"}}'
bad_json "a number that numeric cannot hold" '{"nonce":"0102030405060708","data":{"a":1e999999}}'
bad_json "an integer beyond 2^53" '{"nonce":"0102030405060708","data":{"a":99999999999999999999}}'
bad_json "a key without value" '{"nonce":"0102030405060708","data":{"a"}}'
bad_json "a bad escape" '{"nonce":"0102030405060708","data":{"a":"\\x"}}'
bad_json "a leading zero" '{"nonce":"0102030405060708","data":{"a":01}}'
bad_json "nesting of 2000" "{\"nonce\":\"0102030405060708\",\"data\":$(deep 2000 '[')$(deep 2000 ']')}"
bad_cbor() {
	printf '%s' "$2" | unhex >"$T/bad"
	is "CBOR: $1 is 400" "$(web -H "$H1" -H 'Content-Type: application/cbor' --data-binary "@$T/bad" "$URL/fota/v1/c")" 400
}
bad_cbor "an empty body" ''
bad_cbor "no map" 83010203
bad_cbor "no nonce" a0
bad_cbor "a nonce of 7 bytes" "a10047010203040506 07"
bad_cbor "a truncated map" a2004801020304050607080 1
bad_cbor "something after the map" a10048010203040506070800
bad_cbor "U+0000 in a text" a20048010203040506070804a1616161 00
bad_cbor "text that is no UTF-8" a20048010203040506070804a1616161ff
bad_cbor "a key twice" a200480102030405060708004801020304050607 08
bad_cbor "an array of 2^32" a2004801020304050607080 29b0000000100000000
is "after all that a check-in is taken" "$(post -H "$H1")" 200
unlike "none of it reached PostgreSQL" "$(cat "$T/fota-https.log")" 'sqlstate='

# --- artifacts: ranges and conditions -----------------------------------------------------------------
ART=$URL/fota/v1/a/$ACTION/$ITEM
TAG="\"$SHA\""
get() { web -H "$H1" "$@" "$ART"; }
is "the artifact is 200" "$(get)" 200
ok "byte for byte" cmp "$T/body" "$T/fw.bin"
is "with its length" "$(head_of content-length)" "$SIZE"
is "its digest as strong ETag" "$(head_of etag)" "$TAG"
is "and Accept-Ranges" "$(head_of accept-ranges)" bytes
is "HEAD gives the same header" "$(web -I -H "$H1" "$ART") $(head_of content-length) $(head_of etag)" "200 $SIZE $TAG"
range() {
	local spec=$1 first=$2 last=$3
	is "Range $spec is 206 with its place" "$(get -H "Range: bytes=$spec") $(head_of content-range) $(head_of content-length)" \
		"206 bytes $first-$last/$SIZE $((last - first + 1))"
	ok "Range $spec has its bytes" cmp "$T/body" <(tail -c +$((first + 1)) "$T/fw.bin" | head -c $((last - first + 1)))
}
range 0-0 0 0
range 0-99 0 99
range 100- 100 $((SIZE - 1))
range -7 $((SIZE - 7)) $((SIZE - 1))
range "-$((SIZE + 5))" 0 $((SIZE - 1))
range "65535-65537" 65535 65537
range "5-$((SIZE + 1000))" 5 $((SIZE - 1))
range "$((SIZE - 1))-" $((SIZE - 1)) $((SIZE - 1))
for spec in "$SIZE-" "$((SIZE + 1))-$((SIZE + 2))" -0; do
	is "Range $spec is 416" "$(get -H "Range: bytes=$spec") $(head_of content-range) $(head_of content-length)" "416 bytes */$SIZE 0"
done
for spec in "bytes=5-4" "bytes=a-b" "bytes=0-1,4-5" "items=0-1" "bytes=--5"; do
	is "Range $spec is ignored" "$(get -H "Range: $spec") $(head_of content-length)" "200 $SIZE"
done
is "If-Range with the tag gives the range" "$(get -H 'Range: bytes=0-9' -H "If-Range: $TAG")" 206
is "If-Range with another tag gives everything" "$(get -H 'Range: bytes=0-9' -H 'If-Range: "x"')" 200
is "If-None-Match with the tag is 304 without a body" "$(get -H "If-None-Match: $TAG") $(stat -c %s "$T/body" 2>/dev/null)" "304 0"
is "If-None-Match with another is 200" "$(get -H 'If-None-Match: "x"')" 200
is "If-Match with another is 412" "$(get -H 'If-Match: "x"')" 412
is "If-Match with the tag is 200" "$(get -H "If-Match: $TAG")" 200
is "another action is not granted" "$(web -H "$H1" "$URL/fota/v1/a/77/0")" 404
is "another device's artifact is not granted" "$(web -H "$H3" "$ART")" 404
for d in %zz "" "$(printf 'x%.0s' $(seq 300))"; do
	is "a child that cannot be read (${d:0:5}) is not the device itself" "$(web -H "$H1" "$ART?d=$d")" 404
done
is "an action that is no number is 404" "$(web -H "$H1" "$URL/fota/v1/a/x/0")" 404
is "POST to an artifact is 405" "$(web -H "$H1" -d x "$ART") $(head_of allow)" "405 GET, HEAD"

# --- reports ------------------------------------------------------------------------------------------
report() { web -H "$H1" -H "$JSON" -d "$1" "$URL/fota/v1/r"; }
is "a report is 200 with an empty body" "$(report "{\"action\":$ACTION,\"item\":$ITEM,\"state\":1}") $(head_of content-length)" "200 0"
is "it is in the database" "$(SQL "SELECT count(*) FROM fota.report r JOIN fota.device d USING (tenant_id, device_id) WHERE d.name = 'H1' AND r.state = 1")" 1
is "the same again changes nothing" "$(report "{\"action\":$ACTION,\"item\":$ITEM,\"state\":1}") $(SQL "SELECT count(*) FROM fota.report")" "200 1"
is "a state that does not exist is 400" "$(report "{\"action\":$ACTION,\"item\":$ITEM,\"state\":10}")" 400
is "a report for an action that was never opened is 404" "$(report '{"action":777,"item":0,"state":4}')" 404
like "one line per event" "$(cat "$T/fota-https.log")" "event device=H1 protocol=https action=$ACTION item=$ITEM state=downloading"

# --- DDI ------------------------------------------------------------------------------------------------
ddi() { web -H "Authorization: TargetToken tok-H3" "$@"; }
is "the poll is 200" "$(ddi "$CTRL/H3")" 200
like "it has a sleep of eight characters" "$(cat "$T/body")" '"sleep" ?: ?"[0-9][0-9]:[0-9][0-9]:[0-9][0-9]"'
is "without Accept it is hal+json" "$(ddi -H 'Accept:' "$CTRL/H3") $(head_of content-type)" "200 application/hal+json"
is "with Accept it is json" "$(ddi -H 'Accept: application/json' "$CTRL/H3") $(head_of content-type)" "200 application/json"
is "another Accept is 406" "$(ddi -H 'Accept: text/html' "$CTRL/H3")" 406
ddi "$CTRL/H3" >/dev/null
POLL_TAG=$(head_of etag)
is "the same poll with its ETag is 304" "$(ddi -H "If-None-Match: $POLL_TAG" "$CTRL/H3")" 304
BASE=$(tr -d ' ' <"$T/head" >/dev/null; ddi "$CTRL/H3" >/dev/null; tr -d ' ' <"$T/body" | sed -n 's/.*"deploymentBase":{"href":"\([^"]*\)".*/\1/p')
like "it links the deployment by an absolute address" "$BASE" "^$CTRL/H3/deploymentBase/[0-9]+"
is "which is 200" "$(ddi "$BASE")" 200
DEPLOY=$(tr -d ' ' <"$T/body")
like "names the digest" "$DEPLOY" "\"sha256\":\"$SHA\""
like "and sha1 and md5" "$DEPLOY" "\"sha1\":\"$(sha1sum "$T/fw.bin" | cut -d' ' -f1)\",\"md5\":\"$(md5sum "$T/fw.bin" | cut -d' ' -f1)\""
HREF=$(printf %s "$DEPLOY" | sed -n 's/.*"download-http":{"href":"\([^"]*\)".*/\1/p')
like "and the artifact by an absolute address" "$HREF" "^$CTRL/H3/softwaremodules/[0-9]+-[0-9]+/artifacts/"
is "the artifact is 200" "$(ddi "$HREF") $(head_of etag)" "200 $TAG"
ok "byte for byte over DDI" cmp "$T/body" "$T/fw.bin"
is "HEAD of it has the length" "$(ddi -I "$HREF") $(head_of content-length)" "200 $SIZE"
is "a range of it is 206" "$(ddi -H 'Range: bytes=10-' "$HREF") $(head_of content-range)" "206 bytes 10-$((SIZE - 1))/$SIZE"
is "its MD5SUM" "$(ddi "$HREF.MD5SUM") $(cat "$T/body")" "200 $(md5sum "$T/fw.bin" | cut -d' ' -f1)  ${HREF##*/}"
is "under another name it is 404" "$(ddi "${HREF%/*}/other.bin")" 404
is "an action that is not there is 404" "$(ddi "$CTRL/H3/deploymentBase/777")" 404
is "a part that is not there is 404" "$(ddi "$CTRL/H3/nothing")" 404
is "GET of configData is 405" "$(ddi "$CTRL/H3/configData") $(head_of allow)" "405 PUT"
is "configData is 200, empty, after 100 Continue" "$(ddi -X PUT -H "$JSON" -H 'Expect: 100-continue' -d '{"id":"","data":{"serial":"H3","hw":"r1"}}' "$CTRL/H3/configData") $(head_of content-length) $(grep -c '100 Continue' "$T/head")" "200 0 1"
is "another type is 415" "$(ddi -X PUT -H 'Content-Type: application/xml' -d '<a/>' "$CTRL/H3/configData")" 415
A3=$(printf %s "$BASE" | sed 's/.*deploymentBase.\([0-9]*\).*/\1/')
feedback() { ddi -X POST -H "$JSON" -d "{\"id\":$A3,\"time\":\"20261122T091309\",\"status\":{\"result\":{\"finished\":\"$2\",\"progress\":{\"cnt\":0,\"of\":1}},\"execution\":\"$1\",\"details\":[\"it's fine\"]}}" "$CTRL/H3/deploymentBase/$A3/feedback"; }
is "feedback is 200 and empty" "$(feedback proceeding none) $(head_of content-length)" "200 0"
is "feedback without a word is 400" "$(feedback nonsense none)" 400
like "one line per feedback" "$(cat "$T/fota-https.log")" "event device=H3 protocol=https action=$A3 ddi=feedback state=proceeding/none"
is "closed/success is 200" "$(feedback closed success)" 200
is "feedback for what is closed is 410" "$(feedback proceeding none)" 410

# --- transport ---------------------------------------------------------------------------------------------
tls() { openssl s_client -connect "127.0.0.1:$HTTPS_PORT" -CAfile "$T/ca.crt" "$@" </dev/null 2>&1; }
unlike "TLS 1.1 is refused" "$(tls -tls1_1 -cipher 'ALL:@SECLEVEL=0')" 'Cipher is ECDHE'
like "TLS 1.2 is spoken" "$(tls -tls1_2)" 'TLSv1.2, Cipher is ECDHE'
unlike "a cipher suite without forward secrecy is refused" "$(tls -tls1_2 -cipher AES256-GCM-SHA384)" 'Cipher is AES256'
like "TLS 1.3 is spoken" "$(tls -tls1_3)" 'TLSv1.3, Cipher is TLS_'
unlike "h2 is not offered" "$(tls -alpn h2)" 'ALPN protocol: h2'
like "http/1.1 is chosen" "$(tls -alpn h2,http/1.1)" 'ALPN protocol: http/1.1'
raw() { { printf '%b' "$1"; sleep 1; } | timeout 5 openssl s_client -quiet -connect "127.0.0.1:$HTTPS_PORT" -CAfile "$T/ca.crt" 2>/dev/null | head -c 300 | tr -d '\r' | head -n 1; }
HEAD1='POST /fota/v1/r HTTP/1.1\r\nHost: localhost\r\n'
like "Content-Length beside Transfer-Encoding is 400" "$(raw "${HEAD1}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")" ' 400 '
like "a second Host is 400" "$(raw 'GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')" ' 400 '
like "no Host is 400" "$(raw 'GET /healthz HTTP/1.1\r\n\r\n')" ' 400 '
like "a folded header is 400" "$(raw 'GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n')" ' 400 '
like "a second Content-Length is 400" "$(raw "${HEAD1}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx")" ' 400 '
unlike "the HTTP/2 preface is refused" "$(raw 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')" ' 200 '
like "an upgrade to h2c is not made" "$(raw 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n')" 'HTTP/1.1 200'
resume() {
	local ver=$1
	{ printf 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'; sleep 0.5; } |
		timeout 5 openssl s_client "$ver" -quiet -connect "127.0.0.1:$HTTPS_PORT" -CAfile "$T/ca.crt" -cert "$T/H2.crt" -key "$T/H2.key" -sess_out "$T/session" >/dev/null 2>&1
	{ printf 'GET /DEFAULT/controller/v1/H2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'; sleep 0.5; } |
		timeout 5 openssl s_client "$ver" -connect "127.0.0.1:$HTTPS_PORT" -CAfile "$T/ca.crt" -sess_in "$T/session" 2>&1 | grep -aoE '^Reused|HTTP/1.1 [0-9]+' | tr '\n' ' '
}
is "a resumed TLS 1.2 session is still the certificate's device" "$(resume -tls1_2)" "Reused HTTP/1.1 200 "
is "a resumed TLS 1.3 session too" "$(resume -tls1_3)" "Reused HTTP/1.1 200 "

# --- a new certificate -----------------------------------------------------------------------------------------
serial() { tls | openssl x509 -noout -serial; }
BEFORE=$(serial)
cp "$T/server.crt" "$T/server.old"
echo garbage >"$T/server.crt"
kill -HUP "$HTTPS_PID"
sleep 0.7
is "SIGHUP with a damaged certificate keeps the old one" "$(serial)" "$BEFORE"
rm -f "$T/server.crt" "$T/server.key"
"$FOTA_TOP/packaging/keys.sh" server "$T" >>"$T/keys.log" 2>&1
if [ "$(id -u)" = 0 ]; then chown postgres "$T/server.key"; fi
kill -HUP "$HTTPS_PID"
sleep 0.7
unlike "SIGHUP with a new one serves it" "$(serial)" "$BEFORE"
is "and requests go on" "$(post -H "$H1")" 200

# --- revocation ---------------------------------------------------------------------------------------------------
is "before, H3 is let in" "$(post -H "$H3")" 200
SQL "SELECT fota.revoke_credential(credential_id) FROM fota.credential c JOIN fota.device d USING (tenant_id, device_id) WHERE d.name = 'H3'" >/dev/null
ok "within 5 s of its revocation H3 is 403" wait_for 5 eval '[ "$(post -H "$H3")" = 403 ]'

# --- a reader that stalls -----------------------------------------------------------------------------------------
{ printf 'GET /fota/v1/a/%s/%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n' "$ACTION" "$ITEM" "$H1"; sleep 30; } |
	openssl s_client -quiet -connect "127.0.0.1:$HTTPS_PORT" -CAfile "$T/ca.crt" 2>/dev/null | sleep 30 &
STALL_PID=$!
ok "a reader that takes nothing is cut off" wait_for 25 grep -q 'connection stalled' "$T/fota-https.log"
kill $STALL_PID 2>/dev/null

# --- more connections than are allowed, and what stands in the way in the cache -------------------------------------
CACHED=$T/cache/${SHA:0:2}/${SHA:2}
ok "the artifact's file has the name of its digest" test -f "$CACHED"
rm -f "$CACHED"; mkdir "$CACHED"; touch "$CACHED/in-the-way"
start narrow PGUSER=fe FOTA_BIND=127.0.0.1 FOTA_HTTPS_PORT="$(free_port | tee "$T/narrow.port")" FOTA_HTTPS_THREADS=1 FOTA_HTTPS_CONNECTIONS=3 \
	FOTA_TLS_CERT="$T/server.crt" FOTA_TLS_KEY="$T/server.key" FOTA_CACHE_DIR="$T/cache" "$BIN/fota-https"
NARROW=$LAST_PID NARROW_PORT=$(cat "$T/narrow.port")
ok "a second front-end shares the cache's folder" wait_for 20 curl -sf --cacert "$T/ca.crt" "https://127.0.0.1:$NARROW_PORT/readyz"
is "what stands in the place of an artifact is not in its way" "$(web -H "$H1" "https://127.0.0.1:$NARROW_PORT${ART#"$URL"}")" 200
ok "byte for byte from memory" cmp "$T/body" "$T/fw.bin"
rm -rf "$CACHED"
for fd in 5 6 7 8; do eval "exec $fd<>/dev/tcp/127.0.0.1/$NARROW_PORT"; done
ok "at the most connections it says so" wait_for 10 grep -q 'no more connections are accepted for now connections=3' "$T/narrow.log"
is "one more is not served" "$(curl -s --max-time 1 -o /dev/null -w '%{http_code}' --cacert "$T/ca.crt" "https://127.0.0.1:$NARROW_PORT/healthz")" 000
for fd in 5 6 7 8; do eval "exec $fd>&-"; done
ok "when they close it is" wait_for 10 curl -sf --max-time 2 --cacert "$T/ca.crt" "https://127.0.0.1:$NARROW_PORT/healthz"
kill -TERM "$NARROW"
ok "and it ends" wait_for 20 eval "! kill -0 $NARROW 2>/dev/null"

# --- losing PostgreSQL ---------------------------------------------------------------------------------------------
# Reporters number their reports by `seconds` and write down which were acknowledged.
reporter() {
	local n=$1 code
	while [ ! -f "$T/stop" ]; do
		code=$(curl -s --max-time 15 --cacert "$T/ca.crt" -o /dev/null -w '%{http_code}' -H "$H1" -H "$JSON" \
			-d "{\"action\":$ACTION,\"item\":$ITEM,\"state\":6,\"seconds\":$n}" "$URL/fota/v1/r")
		echo "$n $code" >>"$T/reports.$1"
		n=$((n + 10))
		sleep 0.05
	done
}
get -r 0-0 >/dev/null
REPORTERS=()
for r in 1 2 3; do reporter $r & REPORTERS+=($!); done
curl -s --limit-rate 1M --max-time 60 --cacert "$T/ca.crt" -o "$T/slow.bin" -H "$H1" "$ART" &
SLOW=$!
sleep 2
POSTMASTER=$(head -n 1 "$C/data/postmaster.pid")
kill -9 "$POSTMASTER"
sleep 1
is "with PostgreSQL killed a check-in is 503" "$(post -H "$H1")" 503
ok "with Retry-After" test "$(head_of retry-after)" -ge 1
is "readyz says so" "$(web "$URL/readyz")" 503
is "healthz does not mind" "$(web "$URL/healthz")" 200
is "a granted download can still be resumed" "$(get -H 'Range: bytes=1000-1999')" 206
wait $SLOW
is "a download under way went on to its end" "$?" 0
ok "byte for byte without PostgreSQL" cmp "$T/slow.bin" "$T/fw.bin"
restarted() { cluster_start "$C" && "$(cluster_bin "$C")/pg_isready" -q; }
ok "PostgreSQL is started again" wait_for 60 restarted
export PGUSER=fota_dba
ok "fota-https comes back by itself" wait_for 20 curl -sf --cacert "$T/ca.crt" "$URL/readyz"
is "and a check-in is answered" "$(post -H "$H1")" 200
sleep 1
touch "$T/stop"
wait "${REPORTERS[@]}"
cat "$T"/reports.* | sed -n 's/ 200$//p' | sort >"$T/acknowledged"
SQL "SELECT seconds FROM fota.report WHERE state = 6" | sort >"$T/stored"
is "no acknowledged report is lost" "$(comm -23 "$T/acknowledged" "$T/stored" | wc -l)" 0
ok "reports were acknowledged" test -s "$T/acknowledged"
is "the others were told 503" "$(cat "$T"/reports.* | grep -v ' 200$' | grep -vc ' 503$')" 0

# --- the end -------------------------------------------------------------------------------------------------------
curl -s --limit-rate 2M --max-time 60 --cacert "$T/ca.crt" -o "$T/last.bin" -H "$H1" "$ART" &
LAST=$!
sleep 1
kill -TERM "$HTTPS_PID"
wait $LAST
is "a download under way survives SIGTERM" "$?" 0
ok "byte for byte while draining" cmp "$T/last.bin" "$T/fw.bin"
wait "$HTTPS_PID"
is "the program ends with status 0" "$?" 0
is "and said nothing that an operator should worry about" "$(grep -cE 'ERROR: AddressSanitizer|runtime error|LeakSanitizer: detected' "$T/fota-https.log")" 0
done_testing
