-- Whom a rule means: the versions that a device has, its document, and how far its rollout has come.

SELECT fota.add_model('lamp', '{app,boot,sounds}');
SELECT fota.add_image('lamp', c, v, convert_to(c || v, 'UTF8'), '{"format": "raw"}')
FROM unnest('{app,boot}'::text[]) c, unnest('{1.0.0,2.0.0,3.0.0}'::text[]) v;
SELECT fota.add_release('3', 'lamp', '{"app": "3.0.0"}');
INSERT INTO fota.device (model, serial, year, batch, tags, attributes) VALUES
	('lamp', 'L1', 2024, 'B1', '{paid,beta}', '{"floor": 7, "region": "eu"}'), ('lamp', 'L2', NULL, NULL, '{}', '{}');
INSERT INTO fota.device_contents (device_id, component, present, version, digest) VALUES
	(1, 'app', true, '1.0.0', NULL), (1, 'boot', true, NULL, sha256('boot2.0.0')), (1, 'sounds', false, NULL, NULL),
	(1, 'stranger', true, '1', NULL),
	(2, 'app', true, NULL, sha256('unheard of'));

-- The device document: what is NULL, unknown, absent or not of the model is left out; a digest says the version.
SELECT jsonb_pretty(fota.device_document(1, 1));
SELECT fota.device_document(1, 2);

-- meant(versions, filter): which of both devices a rule with these tests means.
CREATE FUNCTION pg_temp.meant(versions jsonb, filter jsonpath DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	UPDATE fota.rule SET versions = $1, filter = $2 WHERE name = 'r';
	RETURN (SELECT string_agg(d.name, ' ' ORDER BY d.name) FROM fota.device d, fota.resolve(1, d.device_id, now()) r
		WHERE r.component = 'app' AND r.rule = 'r');
END
$$;
INSERT INTO fota.rule (name, release) VALUES ('r', '3');
SELECT fota.start_rollout('r');
SELECT pg_temp.meant(NULL) AS no_test;

-- Ranges: blank = and, || = or. All components that are named must pass.
SELECT v AS versions, pg_temp.meant(v) AS meant FROM unnest(ARRAY['{"app": "1.0.0"}', '{"app": ">=1 <2"}', '{"app": "2.x || 1.x"}',
	'{"app": "!=1.0"}', '{"app": ">=1", "boot": ">=2"}', '{"app": ">=1", "boot": "<2"}']::jsonb[]) v;
-- What is unknown or absent meets no range, * included.
SELECT v AS versions, pg_temp.meant(v) AS meant FROM unnest(ARRAY['{"app": "*"}', '{"sounds": "*"}', '{"boot": "*"}']::jsonb[]) v;

-- Filters ask about the document. What a device has not is unknown, and that is not true.
SELECT f AS filter, pg_temp.meant(NULL, f) AS meant FROM unnest(ARRAY['$.tags[*] == "beta"', '$.attributes.floor > 3',
	'!($.attributes.floor > 3)', '$.year >= 2024', 'exists($.contents.boot)', '!exists($.batch)', '$.serial starts with "L"',
	'$.contents.boot.version == "2.0.0"', '$.attributes.region == "eu" && $.tags[*] == "paid"']::jsonpath[]) f;
SELECT pg_temp.meant('{"app": "1.x"}', '$.tags[*] == "nobody"') AS both_must_hold;

-- A paid feature is a tag: who loses it keeps what is there, and is offered nothing more.
SELECT pg_temp.meant(NULL, '$.tags[*] == "paid"');
UPDATE fota.device SET tags = '{}' WHERE name = 'L1';
SELECT component, verdict, rule, reason FROM fota.resolve('L1');
UPDATE fota.device SET tags = '{paid}' WHERE name = 'L1';

-- While an action is open its rule stays, whatever its tests now say; scope ends it.
SELECT action FROM fota_device.open_action(1, 1, 'https', '2099-01-01');
UPDATE fota.device SET tags = '{}' WHERE name = 'L1';
UPDATE fota.rule SET versions = '{"app": ">=9"}' WHERE name = 'r';
SELECT component, verdict, rule, version FROM fota.resolve('L1') WHERE component = 'app';
UPDATE fota.rule SET batch = 'B2' WHERE name = 'r';
SELECT component, verdict, rule, reason FROM fota.resolve('L1') WHERE component = 'app';

-- What no device could pass is refused: which column, why, and what to write instead.
INSERT INTO fota.rule (name, release, versions) VALUES ('x', '3', '{"app": ">=1.4 <"}');
INSERT INTO fota.rule (name, release, versions) VALUES ('x', '3', '{"app": ">=trunk"}');
INSERT INTO fota.rule (name, release, versions) VALUES ('x', '3', '{"app": ""}');
INSERT INTO fota.rule (name, release, versions) VALUES ('x', '3', '["app"]'), ('y', '3', '{}');
INSERT INTO fota.rule (name, release, versions) VALUES ('x', '3', '{"app": 3}');
INSERT INTO fota.rule (name, release, model, versions) VALUES ('x', '3', 'lamp', '{"radio": ">=1"}');
UPDATE fota.component SET ordering = 'opaque' WHERE component = 'sounds';
INSERT INTO fota.rule (name, release, versions) VALUES ('x', '3', '{"sounds": ">=1.0"}');
INSERT INTO fota.rule (name, release, versions) VALUES ('x', '3', '{"sounds": "1.x"}');
INSERT INTO fota.rule (name, release, versions) VALUES ('hash', '3', '{"sounds": "=8f3a1c || !=77aa0b 1.0"}');
INSERT INTO fota.rule (name, release, filter) VALUES ('x', '3', '$.tags');
INSERT INTO fota.rule (name, release, filter) VALUES ('x', '3', '$.attributes.floor + 1');
INSERT INTO fota.rule (name, release, filter) VALUES ('x', '3', 'strict $.year == 2024');
INSERT INTO fota.rule (name, release, filter) VALUES ('x', '3', '$.contents.app.version < "2.0"');
INSERT INTO fota.rule (name, release, filter) VALUES ('x', '3', '$.year > 2020 && "1.4" <= $.contents."app".version');
INSERT INTO fota.rule (name, release, filter) VALUES ('x', '3', 'exists($.contents.app ? (@.version >= "1.4"))');
INSERT INTO fota.rule (name, release, filter) VALUES ('text', '3', '$.attributes.".version" > "1" && $.contents.app.version != "1.0"');
INSERT INTO fota.rule (name, release, years) VALUES ('x', '3', '(2024,2025)');
INSERT INTO fota.rule (name, release, years) VALUES ('x', '3', '[,1900]');
INSERT INTO fota.rule (name, release, batch) VALUES ('x', '3', '');
SELECT name FROM fota.rule ORDER BY rule_id;

-- Tests come by COPY, too.
COPY fota.load_rule (name, release, versions, filter, download_in_window) FROM stdin;
copied	3	{"app": "1.x"}	$.tags[*] == "beta"	t
refused	3	{"app": "1.x"}	$.tags	f
\.
COPY fota.load_rule (name, release, versions, filter, download_in_window) FROM stdin;
copied	3	{"app": "1.x"}	$.tags[*] == "beta"	t
\.
SELECT name, state, versions, filter, download_in_window FROM fota.rule WHERE name IN ('copied', 'refused');
