#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Check-ins per second of devices that have nothing to do, per protocol, each answered by SQL: over TLS with
# keep-alive connections (native JSON, DDI poll), and over DTLS-PSK (native CBOR).
. "$(dirname "$0")/lib.sh"
need_cluster native
need_fleet 1000 2000
start_https
start_coap
SECONDS_EACH=${FOTA_BENCH_SECONDS:-5}
SQL "SELECT fota.add_credential(name, 'token', NULL, sha256(convert_to('tok-' || name, 'UTF8')), NULL, NULL)
	FROM fota.device WHERE device_id <= 256" >/dev/null

# Each request is another device of 256, which sends the inventory tag that it was given.
{ echo 'local tag = {'; SQL "SELECT '\"' || encode(inventory, 'hex') || '\",' FROM fota.device_report_state WHERE device_id <= 256 ORDER BY device_id"; echo '}'; } >"$T/native.lua"
cat >>"$T/native.lua" <<'LUA'
local n = 0
request = function()
	n = n % 256 + 1
	return wrk.format("POST", "/fota/v1/c", {["Authorization"] = "Bearer tok-S" .. n, ["Content-Type"] = "application/json"},
		'{"nonce":"0102030405060708","inventory":"' .. tag[n] .. '"}')
end
LUA
cat >"$T/ddi.lua" <<'LUA'
local n = 0
request = function()
	n = n % 256 + 1
	return wrk.format("GET", "/DEFAULT/controller/v1/S" .. n, {["Authorization"] = "TargetToken tok-S" .. n})
end
LUA
load_https() {
	wrk -t1 -c32 -d"${SECONDS_EACH}s" -s "$T/$1.lua" "$URL/" >"$T/$1.out" 2>&1
	if grep -q 'Non-2xx' "$T/$1.out"; then cat "$T/$1.out" >&2; exit 1; fi
	sed -n 's/^Requests\/sec: *\([0-9.]*\).*/\1/p' "$T/$1.out"
}
figure service.checkin_https "$(load_https native)" 1/s
figure service.checkin_ddi "$(load_https ddi)" 1/s

for n in $(seq 1 16); do
	SQL "SELECT fota.add_credential('S$n', 'psk', '1.1.S$n', NULL,
		'\\x$("$TESTS_BIN/wrap_psk" "$T/wrap.key" "1.1.S$n" 0123456789abcdef)', NULL)" >/dev/null
done
figure service.checkin_coaps "$("$TESTS_BIN/coap_load" "127.0.0.1" "$COAPS_PORT" "1.1.S%d" 0123456789abcdef 16 "$SECONDS_EACH")" 1/s
exit 0
