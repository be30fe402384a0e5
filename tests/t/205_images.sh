#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Formats with addresses through fota.add_image in the native profile: what is read is the same image
# in Intel HEX and in S-record; what is refused says where, what was found and what was expected, and
# leaves nothing behind.
. "$(dirname "$0")/lib.sh"
export FOTA_PG_CONF='fsync = off'
need_cluster native
SQL "SELECT fota.add_model('lamp', '{app,boot}');
	UPDATE fota.component SET payload = 'flat', base = 4096, length = 64, fill = 0 WHERE component = 'boot'" >/dev/null

# add COMPONENT VERSION TEXT [OPTIONS]: what add_image says; VERBOSITY verbose shows the SQLSTATE.
add() {
	printf '%b' "$3" >"$T/file"
	SQL "\\set VERBOSITY verbose
		\\set SHOW_CONTEXT never
		\\set file \`base64 -w0 $T/file\`
		SELECT fota.add_image('lamp', '$1', '$2', decode(:'file', 'base64'), '${4:-{\}}');" | sed -E 's/^psql:[^ ]* //; /^LOCATION:/d'
}

# 16 bytes at 0x1000, 4 at 0x1020; the gap is filled with 0xFF.
hex=':10100000000102030405060708090A0B0C0D0E0F68\n:04102000DEADBEEF94\n:00000001FF\n'
srec='S0030000FC\nS1131000000102030405060708090A0B0C0D0E0F64\nS1071020DEADBEEF90\nS9030000FC\n'
flat=000102030405060708090a0b0c0d0e0fffffffffffffffffffffffffffffffffdeadbeef
is "an Intel HEX file is decoded at once" "$(add app 1.0 "$hex")" "published"
is "its payload is flat from the lowest to the highest address, gaps filled with 255" \
	"$(SQL "SELECT format, payload_sha256 = sha256('\\x$flat'), metadata -> 'segments' FROM fota.image WHERE version = '1.0'")" 'ihex|t|[[4096, 16], [4128, 4]]'
is "the payload can be fetched, and its SHA-1 and MD5 are known" "$(SQL "
	SELECT encode(c.data, 'hex'), b.size, encode(b.sha1, 'hex') IS NOT NULL, encode(b.md5, 'hex') = md5('\\x$flat'::bytea)
	FROM fota.image i JOIN fota.blob b ON b.sha256 = i.payload_sha256 JOIN fota.blob_chunk c USING (blob_id) WHERE version = '1.0'")" "$flat|36|t|t"
is "the file is kept as it came" "$(SQL "SELECT convert_from(c.data, 'UTF8') FROM fota.image i JOIN fota.blob b USING (tenant_id, sha256) JOIN fota.blob_chunk c USING (blob_id) WHERE version = '1.0'")" "$(printf '%b' "$hex")"
is "the same in S-record is another file with the same content" "$(add app 1.0s "$srec") $(SQL "
	SELECT a.content_id = b.content_id, a.payload_sha256 = b.payload_sha256, a.sha256 = b.sha256, b.format
	FROM fota.image a, fota.image b WHERE a.version = '1.0' AND b.version = '1.0s'")" "published t|t|f|srec"
is "a component says which addresses its payload has, and with what it is filled" "$(add boot 1.0 "$hex") $(SQL "
	SELECT b.size, encode(substr(c.data, 15, 22), 'hex') FROM fota.image i JOIN fota.blob b ON b.sha256 = i.payload_sha256 JOIN fota.blob_chunk c USING (blob_id)
	WHERE i.component = 'boot'")" "published 64|0e0f00000000000000000000000000000000deadbeef"
is "the options may say so, too" "$(add app 1.1 "$hex" '{"format": "ihex"}')" "published"

before=$(SQL "SELECT (SELECT count(*) FROM fota.image), (SELECT count(*) FROM fota.blob), (SELECT count(*) FROM fota.blob_chunk), (SELECT count(*) FROM fota.upload), (SELECT count(*) FROM fota.job)")

out=$(add app 2.0 ':10100000000102030405060708090A0B0C0D0E0F69\n:00000001FF\n')
like "a wrong record checksum names the line and both values" "$out" "ERROR:  UF[0-9]{3}: .*[Ll]ine 1"
like "  found" "$out" "0x69"
like "  expected" "$out" "0x68"
like "  with what to do" "$out" "HINT:  "
out=$(add app 2.0 "${hex/:04102000DEADBEEF94/:04102000DEADBEEF95}")
like "a wrong checksum in line 2 is of line 2" "$out" "[Ll]ine 2"
out=$(add app 2.0 ':10100000000102030405060708090A0B0C0D0E0F68\n:04100800DEADBEEFAC\n:00000001FF\n')
like "records that overlap with other bytes are refused, with line and address" "$out" "ERROR:  UF[0-9]{3}: .*(overlap)"
like "  the line" "$out" "[Ll]ine 2"
like "  the address" "$out" "0x0*1008"
out=$(add app 2.0 ':10100000000102030405060708090A0B0C0D0E0F68\n')
like "a file without its end record is truncated" "$out" "ERROR:  UF[0-9]{3}: .*(truncated|end)"
out=$(add app 2.0 ':10100000000102030405060708090A0B0C0D\n:00000001FF\n')
like "a record that is too short says what it should have" "$out" "ERROR:  UF[0-9]{3}: "
out=$(add app 2.0 'S1131000000102030405060708090A0B0C0D0E0F65\nS9030000FC\n')
like "a wrong S-record checksum likewise" "$out" "ERROR:  UF[0-9]{3}: .*[Ll]ine 1"
out=$(add app 2.0 'no image at all' '{"format": "ihex"}')
like "what is no Intel HEX is refused when that was asked for" "$out" "ERROR:  UF[0-9]{3}: "
out=$(add boot 2.0 ':04200000DEADBEEFA4\n:00000001FF\n')
like "bytes outside the component's addresses are refused" "$out" "ERROR:  UF[0-9]{3}: "
is "nothing of all that was stored" "$(SQL "SELECT (SELECT count(*) FROM fota.image), (SELECT count(*) FROM fota.blob), (SELECT count(*) FROM fota.blob_chunk), (SELECT count(*) FROM fota.upload), (SELECT count(*) FROM fota.job)")" "$before"

# What overlaps with equal bytes is unusual and legal; a waiver lets pass what else is refused.
is "the same bytes twice are a warning" "$(add app 2.0 ':0410000000010203E6\n:0410000000010203E6\n:00000001FF\n') $(SQL "SELECT jsonb_array_length(warnings) > 0 FROM fota.image WHERE version = '2.0'")" "published t"
unlike "a waiver lets an overlap pass" "$(add app 2.1 ':10100000000102030405060708090A0B0C0D0E0F68\n:04100800DEADBEEFAC\n:00000001FF\n' '{"waivers": ["overlap=first"]}')" "ERROR"
like "a waiver that there is not is refused" "$(add app 2.2 "$hex" '{"waivers": ["everything"]}')" "ERROR:  UF007: .*HINT:  Waivers are "

# Larger than the setting inline_decode: a job's work.
SQL "INSERT INTO fota.setting (name, value) VALUES ('inline_decode', '10')" >/dev/null
is "beyond inline_decode an image is decoded by a job" "$(add app 3.0 "$hex") $(SQL "SELECT count(*) FROM fota.job WHERE kind = 'decode' AND state = 'queued'")" "decoding 1"
done_testing
