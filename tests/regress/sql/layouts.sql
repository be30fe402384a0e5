-- Formats described by a layout, in the native profile: no code is needed. extension/core/layout/README.md tells the words.
SELECT fota.add_model('lamp', '{app}');
INSERT INTO fota.decoder (decoder, layout) VALUES ('acme', '{
	"endian": "big", "magic": "41434d45",
	"fields": [
		{"name": "magic", "type": "bytes", "size": 4},
		{"name": "crc", "type": "u16"},
		{"name": "major", "type": "u8"}, {"name": "minor", "type": "u8"},
		{"name": "board", "type": "u8", "enum": {"1": "rev-a", "2": "rev-b"}},
		{"name": "load", "type": "u32"},
		{"name": "size", "type": "u24"},
		{"name": "label", "type": "text", "size": 8}],
	"checks": [{"algorithm": "crc16-ccitt", "zero": "crc", "is": "crc"}],
	"payload": {"from": 24, "to": "24 + size", "address": "load"},
	"deliver": "payload",
	"metadata": {"version": "{major}.{minor}", "hw": ["{board}"], "load_address": "load", "name": "{label}"}}');
SELECT fota.check_layout(layout) AS nothing_wrong FROM fota.decoder;

-- A file of that format: a sum over it with zeros in its place.
CREATE FUNCTION pg_temp.acme(version bytea, payload bytea) RETURNS bytea LANGUAGE sql AS $$
	SELECT 'ACME'::bytea || substr(int4send(fota.crc(fota.decode('ACME\000\000'::bytea || rest, 'raw'), 16, 4129, 65535, false, false, 0)::int), 3) || rest
	FROM (SELECT $1 || '\x0108000000'::bytea || substr(int4send(length($2)), 2) || 'lamp app'::bytea || $2 AS rest) r
$$;
SELECT fota.add_image('lamp', 'app', '1.2', pg_temp.acme('\x0102', 'payload'));
SELECT format, payload_sha256 = sha256('payload') AS payload, metadata FROM fota.image;
SELECT fota.image_bounds(sha256('payload'));
-- Strict, like our own formats.
SELECT fota.add_image('lamp', 'app', '1.3', pg_temp.acme('\x0102', 'payload'));
SELECT fota.add_image('lamp', 'app', '1.3', overlay(pg_temp.acme('\x0103', 'payload') PLACING 'x' FROM 25));
SELECT fota.add_image('lamp', 'app', '1.3', substr(pg_temp.acme('\x0103', 'payload'), 1, 20));
SELECT fota.add_image('lamp', 'app', '1.3', 'not acme at all', '{"format": "acme"}');

-- What is wrong with a layout is said.
SELECT fota.check_layout('{"endian": "big"}'), fota.check_layout('{"endian": "middle", "fields": []}'),
	fota.check_layout('{"endian": "big", "fields": [], "colour": 1}');
SELECT fota.check_layout('{"endian": "big", "fields": [{"name": "a", "type": "u7"}]}');
SELECT fota.check_layout('{"endian": "big", "fields": [{"name": "a", "type": "u8"}, {"name": "a", "type": "u8"}]}');
SELECT fota.check_layout('{"endian": "big", "fields": [{"name": "a", "type": "text"}]}');
SELECT fota.check_layout('{"endian": "big", "fields": [{"name": "a", "type": "u8", "at": "b + 1"}]}');
SELECT fota.check_layout('{"endian": "big", "fields": [{"name": "a", "type": "u8"}], "checks": [{"algorithm": "crc33", "is": "a"}]}');
SELECT fota.check_layout('{"endian": "big", "fields": [{"name": "a", "type": "u8"}], "metadata": {"version": "{b}"}}');
SELECT fota.check_layout('{"endian": "big", "fields": [{"name": "a", "type": "u8"}], "metadata": {"colour": "{a}"}}');

-- The formats that we know, in the schema as in the library.
SELECT array_agg(format ORDER BY format COLLATE "C") = (SELECT array_agg(f ORDER BY f COLLATE "C") FROM unnest(fota.image_formats()) f) AS same
FROM fota.formats();
