-- Images as values, in the native profile: fota.sparse_image and the functions on it, and on files.
SET search_path = fota, public;

-- An image is written as address and bytes of each segment; Intel HEX and S-records are read too.
SELECT '0x100:0a0b0c 0x200:ff'::sparse_image AS image;
SELECT '!0x100 0x100:0a0b0c eeprom@0x0:01'::sparse_image AS image;
SELECT ':030100000A0B0CDC'::sparse_image;
SELECT E':030100000A0B0CDB\n:00000001FF'::sparse_image AS image;
SELECT E'S10601000A0B0CD7\nS9030000FC'::sparse_image AS image;
-- What is wrong is said, with its place.
SELECT '0x100:0g'::sparse_image;
SELECT '0x100:aa 0x100:bb'::sparse_image;
SELECT 'ram@0x0:aa'::sparse_image;

-- The same bytes at the same addresses are equal, whatever the file.
SELECT decode(convert_to(E':030100000A0B0CDB\n:00000001FF\n', 'UTF8')) = decode(convert_to(E'S10601000A0B0CD7\nS9030000FC\n', 'UTF8')) AS equal,
	content_id('0x100:0a0b0c') = pg_catalog.sha256('\x000000000000010000000000000000030a0b0c') AS by_definition;
CREATE TABLE firmware (name text, image sparse_image);
INSERT INTO firmware VALUES ('a', '0x0:aabb'), ('b', '0x0:aabb'), ('c', '0x1:aabb');
SELECT count(DISTINCT name), image FROM firmware GROUP BY image ORDER BY count(*) DESC;
CREATE INDEX ON firmware USING hash (image);
SELECT a.name, b.name FROM firmware a JOIN firmware b ON a.image = b.image AND a.name < b.name;
SELECT count(*) FROM firmware WHERE image <> '0x0:aabb';

-- What it is.
SELECT * FROM segments('0x100:0a0b0c 0x200:ff eeprom@0x0:01');
SELECT bounds(i), ranges(i), int8multirange(bounds(i)) - ranges(i) AS gaps, entry(i)
FROM (VALUES ('!0x101 0x100:0a0b0c 0x200:ff eeprom@0x0:01'::sparse_image)) v (i);
SELECT bounds(''), ranges(''), entry('');
SELECT bounds('0x8000000000000000:aa');

-- Flat bytes and digests: gaps are filled, with 0xff unless asked.
SELECT flatten('0x100:0a 0x103:0b'), flatten('0x100:0a 0x103:0b', '[258,261)', 0) AS part;
SELECT flatten('0x100:0a0b', '[257,)') AS open_side;
SELECT sha256('0x100:0a 0x103:0b'::sparse_image) = pg_catalog.sha256('\x0affff0b') AS same;
SELECT flatten('0x0:aa 0xfffffff0:bb');
-- CRC-32 of zip, of the STM32's peripheral, of Modbus: of the bytes 123456789.
SELECT to_hex(crc(i, 32, 79764919, 4294967295, true, true, 4294967295)) AS zip,
	to_hex(crc(i, 32, 79764919, 4294967295, false, false, 0)) AS stm32,
	to_hex(crc(i, 16, 32773, 65535, true, true, 0)) AS modbus,
	to_hex(crc(i, 16, 32773, 65535, true, true, 0, '[0,10)', 58)) AS with_fill
FROM (VALUES ('0x0:313233343536373839'::sparse_image)) v (i);
SELECT crc('0x0:31', 2, 1, 0, true, true, 0);

-- Cut, join, move, fill, align, patch.
SELECT slice('0x100:0a0b0c 0x200:ff', '[257,512]'), exclude('0x100:0a0b0c', '[257,258)'), slice('0x100:0a0b0c', '[,257]') AS below;
SELECT merge('0x100:0a'::sparse_image, '0x101:0b'), merge('0x100:0a', '0x100:0b', 'first') AS first, merge('0x100:0a', '0x100:0b', 'last') AS last;
SELECT merge('0x100:0a'::sparse_image, '0x100:0b');
SELECT merge('0x100:0a'::sparse_image, '0x100:0b', 'both');
SELECT merge(image) FROM (VALUES ('0x100:0a'::sparse_image), ('0x102:0c'), ('0x101:0b')) v (image);
SELECT move('0x100:0a', -257);
SELECT move('!0x100 0x100:0a', -256), move('0x100:0a', 256) AS up;
SELECT fill('0x100:0a 0x103:0b', bounds('0x100:0a 0x103:0b'), 0), align('0x101:0a', 4), align('0x101:0a', 4, 0) AS zero;
SELECT fill('0x100:0a', '[0,)', 0);
SELECT fill('0x100:0a', '[0,4294967296)', 0);
SELECT patch('0x100:0a', -1, '\xee');
SELECT patch('0x100:0a0b0c', 257, '\xeeeeee');
SELECT * FROM split('0xfe:01020304 0x210:05', 256);
SELECT * FROM split('0x0:00', 0);

-- Where two images differ, and which pages must be written again.
SELECT * FROM diff('0x0:00010203 0x10:aa', '0x0:00ff0203 0x20:bb');
SELECT changed_pages('0x0:00010203 0x10:aa', '0x0:00ff0203 0x20:bb', 4), changed_pages('0x0:00', '0x0:00', 4) AS none;

-- Files: encoded and decoded again, and what can be said of them.
SELECT convert_from(encode('!0x100 0x100:0a0b0c'::sparse_image, 'ihex'), 'UTF8') AS ihex;
SELECT encode('0x100:0a0b0c'::sparse_image, 'raw');
SELECT encode('0x0:0a 0x10:0b'::sparse_image, 'raw');
SELECT decode('\x0102'), decode('\x0102', 'raw', '{"base": 4096}') AS based;
SELECT decode(convert_to(E':030100000A0B0CDC\n:00000001FF\n', 'UTF8'), 'ihex');
SELECT decode(convert_to(E':030100000A0B0CDB\n', 'UTF8'), 'ihex');
SELECT decode(convert_to(E':030100000A0B0CDB\n', 'UTF8'), 'ihex', '{"waivers": ["no_eof"]}');
SELECT * FROM detect(convert_to(E':030100000A0B0CDB\n:00000001FF\n', 'UTF8'));
SELECT jsonb_pretty(inspect(convert_to(E':030100000A0B0CDB\n:00000001FF\n', 'UTF8')));
SELECT * FROM "check"(convert_to(E':030100000A0B0CDB\n:030100000A0B0CDB\n', 'UTF8'));
SELECT * FROM members('\x0102');
SELECT member('\x0102', 'app.bin');
SELECT * FROM verify('\x0102', '{}');
SELECT * FROM verify('\x0102', ARRAY['\x00'::bytea]);
-- NULL in, NULL out.
SELECT decode(NULL) IS NULL AS decode, slice(NULL, '[0,1)') IS NULL AS slice, merge(image) IS NULL AS merge
FROM (VALUES (NULL::sparse_image)) v (image) GROUP BY image;
