#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Where the profiles differ: in the portable one nothing in the server decodes images, computes SHA-1 or
# makes deltas. It says so, and the real fota-worker does it; what comes out is what the native profile
# makes inline.
. "$(dirname "$0")/lib.sh"
export FOTA_PG_CONF='fsync = off'

hex() { # hex WORD: an Intel HEX file of 4 KiB that a WORD distinguishes, as this machine's tools write it
	seq 1 600 | sed "s/^/$1 /" | head -c 4096 >"$T/$1.bin"
	srec_cat "$T/$1.bin" -binary -offset 0x1000 -o "$T/$1.hex" -intel
}
hex one
{ head -c 2000 "$T/one.bin"; echo "another line"; tail -c 1900 "$T/one.bin"; } >"$T/two.bin"
srec_cat "$T/two.bin" -binary -offset 0x1000 -o "$T/two.srec" -motorola
sed '3s/..$/00/' "$T/one.hex" >"$T/bad.hex"

# add VERSION FILE [FORMAT]
add() {
	SQL "\\set file \`base64 -w0 $T/$2\`
		SELECT fota.add_image('lamp', 'app', '$1', decode(:'file', 'base64'), '{\"file_name\": \"$2\"${3:+, \"format\": \"$3\"}}')"
}
IMAGES="SELECT version, format, state, size, encode(sha256, 'hex'), encode(payload_sha256, 'hex'), encode(content_id, 'hex'), metadata, warnings FROM fota.image ORDER BY version"
BLOBS="SELECT encode(b.sha256, 'hex'), b.size, encode(b.sha1, 'hex'), encode(b.md5, 'hex') FROM fota.blob b JOIN fota.image i ON i.payload_sha256 = b.sha256 ORDER BY 1"

need_cluster portable portable
for call in "decode_payload('x', 'ihex', '{}')" "make_delta('x', 'y', 'bsdiff40')" "apply_delta('x', 'y', 'bsdiff40')"; do
	out=$(SQL "\\set VERBOSITY verbose
		SELECT * FROM fota.$call")
	like "fota.$call is not for this profile" "$out" "ERROR:  0A000: "
	like "  and says who does it" "$out" "HINT:  .*(fota-worker|fotactl)"
done
is "SHA-256 and MD5 there are, SHA-1 there is not" "$(SQL "SELECT fota.blob_digest('sha256', 'x') = sha256('x'), encode(fota.blob_digest('md5', 'x'), 'hex') = md5('x'), fota.blob_digest('sha1', 'x') IS NULL")" "t|t|t"

SQL "SELECT fota.add_model('lamp', '{app}')" >/dev/null
is "an Intel HEX image waits for a worker" "$(add 1.0 one.hex)" "decoding"
is "an S-record, too" "$(add 2.0 two.srec)" "decoding"
is "a bad one, too" "$(add 3.0 bad.hex)" "decoding"
is "one that is said to be raw does not" "$(add 4.0 one.bin raw)" "published"
is "until then nothing is offered of it" "$(SQL "
	SELECT fota.add_release('r', 'lamp', '{\"app\": \"1.0\"}');
	INSERT INTO fota.rule (name, release) VALUES ('r', 'r');
	SELECT fota.start_rollout('r');
	INSERT INTO fota.device (model, serial) VALUES ('lamp', 'L1');
	SELECT verdict, reason FROM fota.resolve('L1')" | tail -n 1)" "blocked|not_ready"

start_worker
is "wait_image ends when the worker has decoded it" "$(SQL "SELECT fota.wait_image('lamp', 'app', '1.0')")" "published"
is "and so with the other" "$(SQL "SELECT fota.wait_image('lamp', 'app', '2.0')")" "published"
out=$(SQL "\\set VERBOSITY verbose
	SELECT fota.wait_image('lamp', 'app', '3.0')")
like "an image that the worker refuses is an error with the line" "$out" "UF[0-9]{3}: .*[Ll]ine 3"
is "and is kept as refused, with that error" "$(SQL "SELECT state, error ->> 'code' ~ '^UF', payload_sha256 IS NULL FROM fota.image WHERE version = '3.0'")" "refused|t|t"
is "the device is offered it now" "$(SQL "SELECT verdict, reason FROM fota.resolve('L1')")" "install|"
digests_known() { [ "$(SQL "SELECT count(*) FROM fota.blob b WHERE sha1 IS NULL AND EXISTS (SELECT FROM fota.image i WHERE b.sha256 = i.payload_sha256)")" = 0 ]; }
ok "the worker computes the SHA-1 of raw images" wait_for 20 digests_known

# A delta: asked for by the device that could use it, made, applied once and compared by the worker.
SQL "SELECT fota.add_release('r2', 'lamp', '{\"app\": \"2.0\"}');
	UPDATE fota.rule SET release = 'r2' WHERE name = 'r';
	SELECT fota_device.inventory(1, 1, jsonb_build_object('app', jsonb_build_object('digest', encode(payload_sha256, 'hex'))), '{\"formats\": [[0], [1]]}', NULL, NULL, NULL, 'native', now())
	FROM fota.image WHERE version = '1.0';
	SELECT fota_device.open_action(1, 1, 'https', now())" >/dev/null
delta_ready() { [ "$(SQL "SELECT state FROM fota.delta")" = ready ]; }
ok "the worker makes a delta" wait_for 20 delta_ready
is "which the device is offered at its next check-in" "$(SQL "
	SELECT status, action FROM fota_device.open_action(1, 1, 'https', now());
	SELECT format, bytes < 1000, size FROM fota_device.check_in(1, 1, NULL, 'https', now())")" "ok|1
{1}|t|$(wc -c <"$T/two.bin")"
SQL "SELECT encode(string_agg(c.data, '' ORDER BY c.chunk_no), 'base64') FROM fota.delta d JOIN fota.blob b USING (tenant_id, sha256) JOIN fota.blob_chunk c USING (tenant_id, blob_id)" | base64 -d >"$T/delta"
ok "Debian's bspatch applies it" bspatch "$T/one.bin" "$T/patched" "$T/delta"
ok "and gets the new image" cmp "$T/patched" "$T/two.bin"
is "no job is left" "$(SQL "SELECT state, count(*) FROM fota.job GROUP BY 1 ORDER BY 1")" "done|$(SQL "SELECT count(*) FROM fota.job WHERE state = 'done'")
failed|1"
SQL "$IMAGES" | grep -v '^3.0' >"$T/images.portable"
SQL "$BLOBS" >"$T/blobs.portable"
is "what an image's file was called stays with it" "$(SQL "SELECT metadata ->> 'file_name' FROM fota.image WHERE version = '1.0'")" "one.hex"

# The same files in the native profile, decoded inline.
kill "$WORKER_PID"; cluster_stop "$C" immediate
need_cluster native native
SQL "SELECT fota.add_model('lamp', '{app}')" >/dev/null
add 1.0 one.hex >/dev/null; add 2.0 two.srec >/dev/null; add 4.0 one.bin raw >/dev/null
is "the native profile has the same images" "$(SQL "$IMAGES" | diff "$T/images.portable" -)" ""
is "with the same bytes and digests" "$(SQL "$BLOBS" | diff "$T/blobs.portable" -)" ""
done_testing
