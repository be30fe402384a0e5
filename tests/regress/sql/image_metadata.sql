-- What a file says of itself is stored with the image and used: metadata, warnings, limits; questions on stored images.
SELECT fota.add_model('lamp', '{app,sounds}');
SELECT fota.add_image('lamp', 'app', '1.0', 'the very first', '{"format": "raw"}');

-- Questions on stored images, by the SHA-256 of file or payload.
SELECT * FROM fota.image_segments(sha256('the very first'));
SELECT fota.image_bounds(sha256('the very first')), fota.image_ranges(sha256('the very first')),
	fota.image_content_id(sha256('the very first')) = (SELECT content_id FROM fota.image) AS content_id,
	fota.image_metadata(sha256('the very first'));
SELECT * FROM fota.image_members(sha256('the very first'));
SELECT * FROM fota.image_warnings(sha256('the very first'));
SELECT fota.image_bounds(sha256('another'));
SELECT fota.image_bounds(NULL);

-- A file that contradicts what was said of it; image.metadata is as a decoder writes it.
CREATE FUNCTION pg_temp.fault(version text, hw text[], metadata jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT fota.metadata_fault(i, $3) FROM (SELECT (jsonb_populate_record(NULL::fota.image, jsonb_build_object('tenant_id', 1,
		'model', 'lamp', 'component', 'app', 'version', $1, 'hw', $2))).*) i
$$;
SELECT pg_temp.fault('1.2.3', NULL, '{"version": "1.2.3"}') AS same, pg_temp.fault('1.2.3', NULL, '{"version": "1.2.3+45"}') AS build_apart,
	pg_temp.fault('1.2.3', NULL, '{"version": "0.0.0+0"}') AS never_set, pg_temp.fault('1.2.3', NULL, '{"version": "main-4f5e"}') AS no_version,
	pg_temp.fault('1.2.3', '{rev-a}', '{"hw": ["rev-a", "rev-b"]}') AS hw, pg_temp.fault('1.2.3', NULL, '{}') AS silent;
SELECT jsonb_pretty(pg_temp.fault('1.2.4', NULL, '{"version": "1.2.3+45"}'));
SELECT pg_temp.fault('1.2.4', '{rev-c}', '{"hw": ["rev-a", "rev-b"]}') ->> 'detail';
UPDATE fota.model SET compatible = '{lamp-board}' WHERE model = 'lamp';
SELECT pg_temp.fault('1.2.4', NULL, '{"hw": ["toaster"]}') ->> 'detail', pg_temp.fault('1.2.4', NULL, '{"hw": ["lamp-board"]}') AS fits;

-- What one should ask before an image goes out.
SELECT * FROM fota.lint_image('lamp', 'app', '1.0');
SELECT * FROM fota.lint_image('lamp', 'app', '9.9');
INSERT INTO fota.image (model, component, version, format, size, sha256, payload_sha256, metadata, warnings)
SELECT model, component, '2.0', 'mcuboot', 1, sha256, payload_sha256,
	'{"signed": false, "security_counter": 3, "hw": ["lamp-board"], "version": "2.0.0"}', '[{"name": "padding", "message": "8 bytes follow", "count": 1}]'
FROM fota.image WHERE version = '1.0';
INSERT INTO fota.image (model, component, version, format, size, sha256, payload_sha256, metadata)
SELECT model, component, '3.0', 'mcuboot', 9, sha256, payload_sha256, '{"security_counter": 2, "version": "3.0.0"}'
FROM fota.image WHERE version = '1.0';
SELECT * FROM fota.lint_image('lamp', 'app', '2.0');
SELECT * FROM fota.lint_image('lamp', 'app', '3.0');

-- Limits are settings; a tenant's own row holds for it.
SELECT name, value FROM fota.setting WHERE name LIKE 'max%' ORDER BY name;
INSERT INTO fota.setting (name, value) VALUES ('max_input', '10');
SELECT fota.add_image('lamp', 'app', '4.0', '12345678901', '{"format": "raw"}');
INSERT INTO fota.setting (name, value) VALUES ('max_segments', '0');
INSERT INTO fota.setting (name, value) VALUES ('max_nesting', '2');
INSERT INTO fota.setting (name, value) VALUES ('max_heap', '2');

-- Auxiliary contents of any media type are images like firmware, in releases and decisions.
DELETE FROM fota.setting WHERE tenant_id = 1;
UPDATE fota.component SET kind = 'asset' WHERE component = 'sounds';
SELECT fota.add_image('lamp', 'sounds', '1.0', '\x4f676753', '{"format": "raw", "file_name": "bell.ogg"}');
SELECT fota.add_release('spring', 'lamp', '{"app": "1.0", "sounds": "1.0"}');
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'L1');
INSERT INTO fota.rule (name, release, model) VALUES ('all', 'spring', 'lamp');
SELECT fota.start_rollout('all');
SELECT component, verdict, version FROM fota.resolve('L1', '2099-01-01');
SELECT severity, name FROM fota.lint_image('lamp', 'sounds', '1.0');
