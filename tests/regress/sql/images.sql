-- Images: what add_image stores, and what it refuses. What is said to be raw is taken at once in both
-- profiles; other formats are in tests/t/205_images.sh and 215_portable.sh.

SELECT fota.add_model('lamp', '{app,sounds}');
SELECT fota.add_image('lamp', 'app', '1.0', 'the very first', '{"format": "raw"}');
SELECT version, build, state, format, size, sha256 = sha256('the very first') AS file, payload_sha256 = sha256 AS payload, hw, floor, security_fix, warnings
FROM fota.image;
SELECT b.size, b.sha256 = sha256('the very first') AS digest, encode(b.md5, 'hex') = md5('the very first') AS md5, convert_from(c.data, 'UTF8') AS data
FROM fota.blob b JOIN fota.blob_chunk c USING (tenant_id, blob_id);

-- The same bytes are stored once; the same version is an error, and says what is there.
SELECT fota.add_image('lamp', 'app', '1.1', 'the very first', '{"format": "raw"}');
SELECT count(*) FROM fota.blob;
SELECT fota.add_image('lamp', 'app', '1.0', 'another', '{"format": "raw"}');
SELECT fota.add_image('lamp', 'app', '1.0', 'another', '{"format": "raw", "build": "b", "hw": ["rev-b"]}');

-- Options.
SELECT fota.add_image('lamp', 'app', '2.0', 'two', '{"format": "raw", "file_name": "app two.bin", "security_fix": true, "min_battery": 30, "mains": true}');
SELECT security_fix, vulnerable, min_battery, mains, metadata ->> 'file_name' AS file_name FROM fota.image WHERE version = '2.0';
SELECT fota.add_image('lamp', 'app', '3.0', 'x', '{"hardware": "b"}');
SELECT fota.add_image('lamp', 'app', '3.0', 'x', '{"format": "elf64"}');
SELECT fota.add_image('lamp', 'app', '3.0', 'x', '{"hw": "rev-b"}');
SELECT fota.add_image('lamp', 'app', '3.0', 'x', '{"format": "raw", "min_battery": 101}');
SELECT fota.add_image('lamp', 'app', '3.0', 'x', '{"min_battery": "much"}');
SELECT fota.add_image('lamp', 'app', '3.0', 'x', '{"mains": "yes"}');
SELECT fota.add_image('lamp', 'app', '3.0', 'x', '[]');

-- Names that are none, and bytes that are none.
SELECT fota.add_image('ghost', 'app', '3.0', 'x');
SELECT fota.add_image('lamp', 'nose', '3.0', 'x');
SELECT fota.add_image('lamp', 'app', '', 'x');
SELECT fota.add_image('lamp', 'app', E'3\n', 'x');
SELECT fota.add_image('lamp', 'app', NULL, 'x');
SELECT fota.add_image('lamp', 'app', '3.0', '');
SELECT fota.add_image('lamp', 'app', '3.0', NULL);

-- Limits of the model.
UPDATE fota.model SET max_image_bytes = 10, allowed_formats = '{ihex}' WHERE model = 'lamp';
SELECT fota.add_image('lamp', 'app', '3.0', '12345678901', '{"format": "raw"}');
UPDATE fota.model SET max_image_bytes = NULL WHERE model = 'lamp';
SELECT fota.add_image('lamp', 'app', '3.0', '12345678901', '{"format": "raw"}');
UPDATE fota.model SET allowed_formats = NULL WHERE model = 'lamp';
SELECT count(*) AS nothing_stored FROM fota.image WHERE version = '3.0';

-- An image is published only with a payload; what devices may still have is not deleted with the image.
INSERT INTO fota.image (model, component, version, added_at) VALUES ('lamp', 'app', '4.0', '2099-01-01');
UPDATE fota.image SET state = 'gone', added_at = '2099-01-01' WHERE version = '1.0' AND build = '';
DELETE FROM fota.image WHERE version = '1.1';
SELECT count(*) FROM fota.blob WHERE sha256 = sha256('the very first');
DELETE FROM fota.blob WHERE sha256 = sha256('the very first');

-- wait_image gives the state; for one that is not there it says so.
SELECT fota.wait_image('lamp', 'app', '1.0');
SELECT fota.wait_image('lamp', 'app', '9.9');

-- Beyond the setting inline_decode nothing is done inline; raw needs no decoding.
INSERT INTO fota.setting (name, value) VALUES ('inline_decode', '100');
SELECT fota.add_image('lamp', 'sounds', '1.0', convert_to(repeat('la', 200), 'UTF8'), '{"format": "raw"}');
SELECT state, size FROM fota.image WHERE component = 'sounds';
-- Chunks are 256 KiB.
SELECT fota.add_image('lamp', 'sounds', '2.0', convert_to(repeat('la', 300000), 'UTF8'), '{"format": "raw"}');
SELECT c.chunk_no, length(c.data) FROM fota.image i JOIN fota.blob b USING (tenant_id, sha256) JOIN fota.blob_chunk c USING (tenant_id, blob_id)
WHERE i.component = 'sounds' AND i.version = '2.0' ORDER BY 1;
