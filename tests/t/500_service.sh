#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# The main job, upload to confirmed: successive firmware of real vendors goes through the whole service,
# to one device over HTTPS and one over CoAP, the second version as a delta, on the profile that
# FOTA_PROFILE names (native).
. "$(dirname "$0")/lib.sh"
PROFILE=${FOTA_PROFILE:-native}
need_cluster "$PROFILE"
need_keys
start_worker
start_https
start_coap
export FOTA_KEY_FILE=$T/wrap.key

# real NAME OLD NEW: two successive versions of a vendor's firmware at $T/NAME-1 and $T/NAME-2.
vendor_files() {
	npm_file @pybricks/firmware@7.27.0 package/build/movehub.zip "$T/a.zip" &&
		npm_file @pybricks/firmware@7.28.0 package/build/movehub.zip "$T/b.zip" &&
		unzip -p "$T/a.zip" firmware-base.bin >"$T/movehub-1.bin" &&
		unzip -p "$T/b.zip" firmware-base.bin >"$T/movehub-2.bin" || return 1
	npm_hex pxt-microbit@4.0.24 02e34856 "$T/microbit-1.hex" && npm_hex pxt-microbit@7.0.6 8259ae91 "$T/microbit-2.hex"
}

# The makecode packages keep their Intel HEX inside JSON-free cache files named by hash.
npm_hex() {
	local store=$FOTA_BUILD/npm name member
	npm_file "$1" package/package.json /dev/null || return 1
	name=$store/$(printf %s "$1" | tr '/@' '__').tgz
	member=$(tar -tzf "$name" | grep "built/hexcache/$2.*\.hex$" | head -n 1)
	tar -xzOf "$name" "$member" >"$3"
}

ok "two vendors' firmware is at hand" vendor_files
SQL "SELECT fota.add_ca('throw-away', pg_read_file('$T/ca.crt'))" >/dev/null 2>&1 ||
	printf '%s\n' "SELECT fota.add_ca('throw-away', :'ca');" |
	"$(cluster_bin "$C")/psql" -X -q -v ON_ERROR_STOP=1 -v ca="$(cat "$T/ca.crt")" >/dev/null

# update_vendor MODEL OLD NEW ARGS FLASH COLUMNS: files OLD and NEW are uploaded with ARGS; a device from the
# factory has FLASH-1.bin, and must end with FLASH-2.bin; COLUMNS: what the component is told of its payload.
update_vendor() {
	local model=$1 old=$2 new=$3 args=$4 factory=$5-1.bin payload=$5-2.bin
	SQL "SELECT fota.add_model('$model', '{app}'); UPDATE fota.model SET poll_every = '1 s', poll_active = '1 s' WHERE model = '$model';
		UPDATE fota.component SET $6 WHERE model = '$model';" >/dev/null
	# shellcheck disable=SC2086
	ok "$model: version 1 is uploaded and published" "$BIN/fotactl" image add "$old" --model "$model" --component app --version 1.0.0 $args
	# shellcheck disable=SC2086
	ok "$model: version 2 is uploaded and published" "$BIN/fotactl" image add "$new" --model "$model" --component app --version 2.0.0 $args
	device_cert "$model-h"
	ok "$model: a device with a certificate is added" "$BIN/fotactl" device add "$model-h" --model "$model"
	"$BIN/fotactl" device add "$model-c" --model "$model" --psk >"$T/$model-c.psk"
	ok "$model: a device with a pre-shared key is added" test -s "$T/$model-c.psk"
	SQL "SELECT fota.add_release('$model-2', '$model', '{\"app\": \"2.0.0\"}');
		INSERT INTO fota.rule (name, release, model, wait_for_delta) VALUES ('$model-2', '$model-2', '$model', true);
		SELECT fota.start_rollout('$model-2');" >/dev/null
	ok "$model: the HTTPS device goes from 1.0.0 to 2.0.0" timeout 60 "$BIN/fotactl" device simulate "$model-h" \
		--https "$URL" --ca "$T/ca.crt" --cert "$T/$model-h.crt" --key "$T/$model-h.key" --state "$T/$model-h" \
		--factory "app=1.0.0:$factory" --poll 1 --until app=2.0.0
	ok "$model: the CoAP device goes from 1.0.0 to 2.0.0" timeout 60 "$BIN/fotactl" device simulate "$model-c" \
		--coaps "coaps://127.0.0.1:$COAPS_PORT" --psk-file "$T/$model-c.psk" --state "$T/$model-c" \
		--factory "app=1.0.0:$factory" --poll 1 --until app=2.0.0
	is "$model: both actions are finished" "$(SQL "SELECT string_agg(a.state, ' ') FROM fota.action a JOIN fota.device d USING (tenant_id, device_id) WHERE d.model = '$model'")" "finished finished"
	is "$model: both items are confirmed and went by delta" "$(SQL "SELECT string_agg(i.state || ' ' || (i.format <> '{0}')::text, ',') FROM fota.action_item i JOIN fota.device d USING (tenant_id, device_id) WHERE d.model = '$model'")" "confirmed true,confirmed true"
	is "$model: contents say version 2 with the payload's digest" "$(SQL "SELECT count(*) FROM fota.device_contents c JOIN fota.device d USING (tenant_id, device_id)
		JOIN fota.image i ON i.tenant_id = c.tenant_id AND i.model = d.model AND i.component = c.component AND i.version = c.version AND i.payload_sha256 = c.digest
		WHERE d.model = '$model' AND c.version = '2.0.0'")" 2
	ok "$model: what is in the HTTPS device's flash is the payload, byte for byte" cmp "$T/$model-h/app.bin" "$payload"
	ok "$model: what is in the CoAP device's flash is the payload, byte for byte" cmp "$T/$model-c/app.bin" "$payload"
	is "$model: one delta job served both devices" "$(SQL "SELECT count(*) FROM fota.delta d JOIN fota.image i ON i.tenant_id = d.tenant_id AND i.payload_sha256 = d.target WHERE i.model = '$model' AND d.state = 'ready'")" 1
}

update_vendor movehub "$T/movehub-1.bin" "$T/movehub-2.bin" "--format raw" "$T/movehub" "payload = 'file'"
# A micro:bit has its program in 256 KiB of flash; the file also has words for the UICR, far above it.
for n in 1 2; do
	srec_cat "$T/microbit-$n.hex" -Intel -crop 0 0x40000 -fill 0xFF 0 0x40000 -o "$T/microbit-$n.bin" -Binary 2>/dev/null
done
update_vendor microbit "$T/microbit-1.hex" "$T/microbit-2.hex" "--waiver outside" "$T/microbit" "base = 0, length = 262144"
is "microbit: what was left out is a warning of the image" "$(SQL "SELECT DISTINCT w ->> 'name' FROM fota.image, jsonb_array_elements(warnings) w WHERE model = 'microbit'")" outside
note "deltas: $(SQL "SELECT string_agg(format('%s of %s B', d.size, b.size), ', ') FROM fota.delta d JOIN fota.blob b ON b.tenant_id = d.tenant_id AND b.sha256 = d.target WHERE d.state = 'ready'")"
done_testing
