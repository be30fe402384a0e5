#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# uImage and Zigbee OTA once more, as layouts: they say the same of a file as the decoders in C do, and both refuse the
# same damaged files. uImages are made by mkimage, the others here.
. "$(dirname "$0")/lib.sh"
export FOTA_PG_CONF='fsync = off'
need_cluster native
SQL "
CREATE TABLE layout (name text, layout jsonb);
INSERT INTO layout VALUES ('uimage', '{
	\"endian\": \"big\", \"magic\": \"27051956\",
	\"fields\": [
		{\"name\": \"magic\", \"type\": \"u32\"}, {\"name\": \"hcrc\", \"type\": \"u32\"}, {\"name\": \"time\", \"type\": \"u32\"},
		{\"name\": \"size\", \"type\": \"u32\"}, {\"name\": \"load\", \"type\": \"u32\"}, {\"name\": \"ep\", \"type\": \"u32\"},
		{\"name\": \"dcrc\", \"type\": \"u32\"},
		{\"name\": \"os\", \"type\": \"u8\", \"enum\": {\"5\": \"linux\", \"17\": \"u-boot\"}},
		{\"name\": \"arch\", \"type\": \"u8\", \"enum\": {\"2\": \"arm\", \"5\": \"mips\", \"22\": \"arm64\"}},
		{\"name\": \"type\", \"type\": \"u8\", \"enum\": {\"1\": \"standalone\", \"2\": \"kernel\", \"5\": \"firmware\"}},
		{\"name\": \"comp\", \"type\": \"u8\", \"enum\": {\"0\": \"none\", \"1\": \"gzip\", \"3\": \"lzma\"}},
		{\"name\": \"label\", \"type\": \"text\", \"size\": 32}],
	\"checks\": [
		{\"algorithm\": \"crc32\", \"to\": 64, \"zero\": \"hcrc\", \"is\": \"hcrc\"},
		{\"algorithm\": \"crc32\", \"from\": 64, \"to\": \"64 + size\", \"is\": \"dcrc\"}],
	\"metadata\": {\"name\": \"{label}\", \"load_address\": \"load\", \"entry\": \"ep\", \"os\": \"{os}\", \"arch\": \"{arch}\",
		\"type\": \"{type}\", \"compression\": \"{comp}\"}}'),
('zigbee-ota', '{
	\"endian\": \"little\", \"magic\": \"1ef1ee0b\", \"scan\": 4096,
	\"fields\": [
		{\"name\": \"magic\", \"type\": \"u32\"}, {\"name\": \"header_version\", \"type\": \"u16\", \"expect\": 256},
		{\"name\": \"header\", \"type\": \"u16\"}, {\"name\": \"control\", \"type\": \"u16\"},
		{\"name\": \"manufacturer\", \"type\": \"u16\"}, {\"name\": \"image_type\", \"type\": \"u16\"},
		{\"name\": \"file_version\", \"type\": \"u32\"}, {\"name\": \"stack\", \"type\": \"u16\"},
		{\"name\": \"label\", \"type\": \"text\", \"size\": 32}, {\"name\": \"total\", \"type\": \"u32\"}],
	\"records\": {\"from\": \"header\", \"to\": \"total\", \"tag\": \"u16\", \"size\": \"u32\",
		\"names\": {\"0\": \"upgrade-image\", \"1\": \"ecdsa-signature\", \"2\": \"ecdsa-certificate\", \"3\": \"integrity-code\"}},
	\"metadata\": {\"version\": \"{file_version}\", \"hw\": [\"{manufacturer:4x}:{image_type:4x}\"], \"name\": \"{label}\"}}');
CREATE TABLE file (name text, kind text, data bytea);
-- What a decoder says: of the keys that both have, and of the members; or only that it refuses.
CREATE FUNCTION said(data bytea, format text, options jsonb) RETURNS jsonb LANGUAGE plpgsql AS \$\$
DECLARE
	v jsonb;
BEGIN
	v := fota.inspect(data, format, options);
	RETURN jsonb_build_object('members', v -> 'members', 'said', (SELECT jsonb_object_agg(e.key, e.value)
		FROM jsonb_each(v -> 'metadata') e WHERE e.key = ANY ('{name,version,hw,load_address,entry,os,arch,type,compression}')
			AND e.value <> '\"none\"'));
EXCEPTION WHEN OTHERS THEN
	RETURN '\"refused\"';
END \$\$;
CREATE FUNCTION layouts() RETURNS jsonb LANGUAGE sql AS \$\$
	SELECT jsonb_build_object('layouts', jsonb_agg(jsonb_build_object('name', 'my-' || name, 'layout', layout))) FROM layout \$\$;
" >/dev/null
is "there is nothing wrong with the layouts" "$(SQL "SELECT count(*) FROM layout WHERE fota.check_layout(layout) IS NOT NULL")" 0

add_file() { SQL "\\set data \`base64 -w0 $3\`
	INSERT INTO file VALUES ('$1', '$2', decode(:'data', 'base64'))" >/dev/null; }
head -c 5000 /dev/urandom >"$T/data"
mkimage -A arm -O linux -T kernel -C none -a 0x80008000 -e 0x80008040 -n 'Linux 6.1 lamp' -d "$T/data" "$T/kernel.uimg" >/dev/null
mkimage -A mips -O u-boot -T firmware -C lzma -a 0x80000000 -e 0x80000400 -n 'boot' -d "$T/data" "$T/boot.uimg" >/dev/null
mkimage -A arm64 -O linux -T standalone -C gzip -a 0x1000 -e 0x1000 -n '' -d "$T/data" "$T/alone.uimg" >/dev/null
for f in kernel boot alone; do add_file $f uimage "$T/$f.uimg"; done

# le NUMBER BYTES
le() { local i; for ((i = 0; i < $2; i++)); do printf "\\x$(printf %02x $(($1 >> 8 * i & 255)))"; done; }
# zigbee FILE LABEL PREFIX: two elements of 100 and 20 bytes
zigbee() {
	{
		head -c "$3" /dev/zero
		le 0x0BEEF11E 4; le 0x0100 2; le 56 2; le 0 2; le 0x1037 2; le 0x0102 2; le 0x01020304 4; le 2 2
		printf '%s' "$2"; head -c $((32 - ${#2})) /dev/zero
		le $((56 + 6 + 100 + 6 + 20)) 4
		le 0 2; le 100 4; head -c 100 "$T/data"
		le 3 2; le 20 4; head -c 20 "$T/data"
	} >"$1"
}
zigbee "$T/lamp.ota" "ZLL lamp" 0
zigbee "$T/late.ota" "behind a prefix" 17
add_file lamp zigbee-ota "$T/lamp.ota"
add_file late zigbee-ota "$T/late.ota"

is "each file is known by the layout's magic" "$(SQL "SELECT string_agg(f.name, ' ' ORDER BY f.name) FROM file f
	WHERE fota.inspect(f.data, NULL, layouts()) ->> 'format' = 'my-' || f.kind")" "alone boot kernel lamp late"
is "layout and decoder say the same of each" "$(SQL "SELECT string_agg(concat_ws(' ', f.name, c.said, l.said), '; ') FROM file f,
	LATERAL (SELECT said(f.data, f.kind, '{}') AS said) c, LATERAL (SELECT said(f.data, 'my-' || f.kind, layouts()) AS said) l
	WHERE c.said IS DISTINCT FROM l.said OR c.said = '\"refused\"'")" ""
# One byte changed: every byte of the headers, and some of the rest.
damaged=$(SQL "SELECT count(*), count(*) FILTER (WHERE c.said = '\"refused\"'), count(*) FILTER (WHERE c.said IS DISTINCT FROM l.said),
		coalesce(string_agg(concat_ws(' ', f.name, n, c.said, l.said), '; ') FILTER (WHERE c.said IS DISTINCT FROM l.said), '')
	FROM file f CROSS JOIN LATERAL (SELECT n FROM generate_series(0, 63) n UNION ALL SELECT n FROM generate_series(64, length(f.data) - 1, 97) n) n,
	LATERAL (SELECT set_byte(f.data, n, get_byte(f.data, n) # 1) AS bad) b,
	LATERAL (SELECT said(b.bad, f.kind, '{}') AS said) c, LATERAL (SELECT said(b.bad, 'my-' || f.kind, layouts()) AS said) l
	WHERE f.kind = 'uimage'")
echo "# $damaged" | cut -c1-500
is "a uImage with one byte changed is refused by both" "$(cut -d'|' -f3 <<<"$damaged")" 0
is "  every one of them" "$(cut -d'|' -f1 <<<"$damaged")" "$(cut -d'|' -f2 <<<"$damaged")"
is "a file that is cut anywhere is refused by both" "$(SQL "SELECT count(*) FILTER (WHERE c.said IS DISTINCT FROM l.said) || ' of ' || (count(*) > 500)
	FROM file f CROSS JOIN LATERAL (SELECT n FROM generate_series(1, least(length(f.data) - 1, 200)) n) n,
	LATERAL (SELECT substr(f.data, 1, n) AS bad) b,
	LATERAL (SELECT said(b.bad, f.kind, '{}') AS said) c, LATERAL (SELECT said(b.bad, 'my-' || f.kind, layouts()) AS said) l")" "0 of true"
done_testing
