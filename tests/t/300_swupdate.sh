#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Debian's swupdate (suricatta, hawkBit DDI) against fota-https. It is unpacked here, not installed; what it
# links with is in the package set of the tests. It installs a CMS-signed .swu into a file, restarts with
# -c 2 as after a reboot, and confirms: with a token, with a client certificate over TLS 1.3, and through a
# relay that cuts the connection twice in mid-download.
. "$(dirname "$0")/lib.sh"

# unpack PACKAGE: its files under $T/root; the .deb is kept in the build folder.
unpack() {
	local store=$FOTA_BUILD/debs
	mkdir -p "$store"
	if ! ls "$store/$1"_*.deb >/dev/null 2>&1; then
		( cd "$store" && { apt-get download -qq "$1" || { apt-get update -qq && apt-get download -qq "$1"; }; } ) 2>"$T/apt.log" ||
			{ cat "$T/apt.log"; return 1; }
	fi
	dpkg -x "$(ls "$store/$1"_*.deb | tail -n 1)" "$T/root"
}
ok "Debian's swupdate is at hand" unpack swupdate
SWUPDATE=$T/root/usr/bin/swupdate
[ -z "$(ldd "$SWUPDATE" | grep 'not found')" ] || bail "swupdate lacks libraries: $(ldd "$SWUPDATE" | grep 'not found')"

need_cluster native
start_https
start_worker

# --- images that swupdate installs --------------------------------------------------------------
mkdir -p "$T/flash" "$T/swu"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/swu/sign.key" -out "$T/sign.crt" -days 3650 -subj '/CN=OTA' \
	-addext keyUsage=digitalSignature -addext extendedKeyUsage=emailProtection 2>/dev/null
# make_swu VERSION PAYLOAD: $T/os-VERSION.swu, which installs the payload as $T/flash/os.bin.
make_swu() {
	( cd "$T/swu" && cp "$2" payload.bin && cat >sw-description <<DESCRIPTION &&
software = {
	version = "$1";
	hardware-compatibility: [ "1.0" ];
	files: ( { filename = "payload.bin"; path = "$T/flash/os.bin"; sha256 = "$(sha256sum "$2" | cut -c1-64)"; } );
}
DESCRIPTION
		openssl cms -sign -in sw-description -out sw-description.sig -signer "$T/sign.crt" -inkey sign.key -outform DER \
			-nosmimecap -binary &&
		printf '%s\n' sw-description sw-description.sig payload.bin | cpio --quiet -o -H crc >"$T/os-$1.swu" )
}
head -c 3000000 /dev/urandom >"$T/payload"
ok "a signed .swu is made" make_swu 1.0.1 "$T/payload"
chmod 644 "$T"/*.swu "$T/sign.crt"
if [ "$(id -u)" = 0 ]; then chown postgres "$T/flash"; fi

# --- what the DBA types -------------------------------------------------------------------------
TOKEN=$(openssl rand -hex 16)
TOKEN_CUT=$(openssl rand -hex 16)
device_cert sw-cert
if [ "$(id -u)" = 0 ]; then chown postgres "$T/sw-cert.key"; fi
SQL "SELECT fota.add_model('board', '{os}');
	UPDATE fota.model SET poll_every = '1 s', poll_active = '1 s' WHERE model = 'board';
	INSERT INTO fota.device (model, serial) VALUES ('board', 'sw-token'), ('board', 'sw-cert'), ('board', 'sw-cut');
	INSERT INTO fota.credential (device_id, kind, fingerprint)
	SELECT device_id, 'token', sha256(CASE name WHEN 'sw-cut' THEN '$TOKEN_CUT' ELSE '$TOKEN' END::bytea)
		FROM fota.device WHERE name IN ('sw-token', 'sw-cut');" >"$T/setup.log"
"$(cluster_bin "$C")/psql" -X -q -v ON_ERROR_STOP=1 -v ca="$(cat "$T/ca.crt")" >>"$T/setup.log" 2>&1 <<'SQL'
SELECT fota.add_ca('throw-away', :'ca');
SQL
ok "the .swu is uploaded and published" "$BIN/fotactl" image add "$T/os-1.0.1.swu" --model board --component os \
	--version 1.0.1 --format raw
is "under a name that swupdate takes" "$(SQL "SELECT metadata ->> 'file_name' FROM fota.image")" os-1.0.1.swu
SQL "SELECT fota.add_release('r1', 'board', '{\"os\": \"1.0.1\"}');
	INSERT INTO fota.rule (name, release, model) VALUES ('r1', 'r1', 'board'); SELECT fota.start_rollout('r1');" >>"$T/setup.log"
note "$(cat "$T/setup.log")"

# --- running it ---------------------------------------------------------------------------------
# config DEVICE URL CREDENTIAL-LINES: $T/DEVICE/swupdate.cfg
config() {
	mkdir -p "$T/$1/tmp"
	cat >"$T/$1/swupdate.cfg" <<CONFIG
globals : { verbose = true; public-key-file = "$T/sign.crt"; bootloader = "none"; };
suricatta : { tenant = "DEFAULT"; id = "$1"; url = "$2"; polldelay = 1; retry = 5; retrywait = 1; cafile = "$T/ca.crt";
	$3
};
identify : ( { name = "model"; value = "board"; }, { name = "serial"; value = "$1"; } );
CONFIG
	if [ "$(id -u)" = 0 ]; then chown -R postgres "$T/$1"; fi
}
# run_swupdate DEVICE OPTIONS: in the background, its log is $T/swupdate-DEVICE.log
run_swupdate() {
	start "swupdate-$1" TMPDIR="$T/$1/tmp" "$SWUPDATE" -v -l 5 -f "$T/$1/swupdate.cfg" -H board:1.0 -u "$2"
	SWUPDATE_PID=$LAST_PID
}
stop_swupdate() {
	kill "$SWUPDATE_PID" 2>/dev/null
	for _ in $(seq 1 50); do kill -0 "$SWUPDATE_PID" 2>/dev/null || break; sleep 0.1; done
	kill -9 "$SWUPDATE_PID" 2>/dev/null
	rm -rf "${T:?}/$1/tmp"; mkdir -p "$T/$1/tmp"
	if [ "$(id -u)" = 0 ]; then chown postgres "$T/$1/tmp"; fi
}
said() { grep -q "$2" "$T/swupdate-$1.log"; }
state_of() {
	SQL "SELECT a.state FROM fota.action a JOIN fota.device d USING (tenant_id, device_id) WHERE d.name = '$1'"
}
is_state() { [ "$(state_of "$1")" = "$2" ]; }

# cycle DEVICE HOW: from the first poll to confirmed.
cycle() {
	local dev=$1 how=$2
	rm -f "$T/flash/os.bin"
	run_swupdate "$dev" ""
	ok "$how: swupdate installs the image" wait_for 60 said "$dev" 'SWUPDATE successful'
	ok "$how: what it installed is the payload, byte for byte" cmp "$T/flash/os.bin" "$T/payload"
	is "$how: the action stays open until it is confirmed" "$(state_of "$dev")" open
	stop_swupdate "$dev"
	run_swupdate "$dev" "-c 2"
	ok "$how: after a restart with -c 2 the action is finished" wait_for 30 is_state "$dev" finished
	sleep 3
	stop_swupdate "$dev"
	is "$how: the contents of the device are the new version" \
		"$(SQL "SELECT version FROM fota.device_contents JOIN fota.device USING (tenant_id, device_id) WHERE name = '$dev' AND component = 'os'")" 1.0.1
	is "$how: the item is installed or confirmed" \
		"$(SQL "SELECT i.state IN ('installed', 'confirmed') FROM fota.action_item i JOIN fota.device d USING (tenant_id, device_id) WHERE d.name = '$dev'")" t
	is "$how: no second action follows" \
		"$(SQL "SELECT count(*) FROM fota.action JOIN fota.device USING (tenant_id, device_id) WHERE name = '$dev'")" 1
	is "$how: its attributes are stored" \
		"$(SQL "SELECT attributes ->> 'model' FROM fota.device WHERE name = '$dev'")" board
	[ "$TEST_FAILED" = 0 ] || note "$(tail -n 25 "$T/swupdate-$dev.log")"
}

config sw-token "$URL" "targettoken = \"$TOKEN\";"
cycle sw-token "with a token"

config sw-cert "$URL" "sslcert = \"$T/sw-cert.crt\"; sslkey = \"$T/sw-cert.key\";"
cycle sw-cert "with a client certificate"
ok "the server speaks TLS 1.3" curl -sf --tlsv1.3 --cacert "$T/ca.crt" --cert "$T/sw-cert.crt" --key "$T/sw-cert.key" \
	-o "$T/poll.json" "$URL/DEFAULT/controller/v1/sw-cert"

RELAY_PORT=$(free_port)
start relay "$TESTS_BIN/tcp_relay" "$RELAY_PORT" "${URL##*:}" 1000000 2
config sw-cut "https://127.0.0.1:$RELAY_PORT" "targettoken = \"$TOKEN_CUT\";"
cycle sw-cut "through cuts"
is "through cuts: the connection was cut twice in mid-download" "$(grep -c '^cut' "$T/relay.log")" 2

config sw-wrong "$URL" "targettoken = \"wrong\";"
run_swupdate sw-wrong ""
sleep 4
ok "an unknown device is still polling, and is told nothing" kill -0 "$SWUPDATE_PID"
stop_swupdate sw-wrong
is "it has no action" "$(SQL "SELECT count(*) FROM fota.action")" 3
done_testing
