-- What would that change do? Asked in the transaction that makes it, before COMMIT; nobody else sees it.

SELECT fota.add_model('lamp', '{app,sounds}');
SELECT fota.add_image('lamp', 'app', v, convert_to(repeat('app ' || v, 100), 'UTF8'), '{"format": "raw"}') FROM unnest('{1.0,1.1,1.2}'::text[]) v;
SELECT fota.add_release(v, 'lamp', jsonb_build_object('app', v)) FROM unnest('{1.0,1.1,1.2}'::text[]) v;
INSERT INTO fota.device (model, serial, year) SELECT 'lamp', 'L' || n, 2024 + n % 2 FROM generate_series(1, 20) n;
-- Half of them report a digest and take deltas, four say nothing.
SELECT count(*) FROM fota.device d, fota_device.inventory(1, d.device_id, jsonb_build_object('app', CASE WHEN d.device_id <= 10
	THEN jsonb_build_object('version', '1.0', 'digest', encode(sha256(convert_to(repeat('app 1.0', 100), 'UTF8')), 'hex'))
	ELSE '{"version": "1.0"}' END), '{"formats": [[0], [1]]}', NULL, NULL, NULL, 'native', '2099-01-01') WHERE d.device_id <= 16;
INSERT INTO fota.rule (name, release, model) VALUES ('all', '1.1', 'lamp');
SELECT fota.start_rollout('all');
SELECT * FROM fota.preview();

-- A new rule.
BEGIN;
INSERT INTO fota.rule (name, release, model, years) VALUES ('2024', '1.2', 'lamp', '[2024,2025)');
SELECT * FROM fota.preview();
SELECT fota.start_rollout('2024');
SELECT * FROM fota.preview();
SELECT device, component, has, was_verdict, was_version, was_rule, verdict, version, rule FROM fota.preview_devices() LIMIT 3;
-- Nothing of the comparison stays behind, and the change is as it was.
SELECT name, state FROM fota.rule ORDER BY 1;
SELECT count(*) FROM fota.preview_devices();
-- A delta that is ready counts; without it one is missing.
INSERT INTO fota.delta (source, target, format, state, sha256, size)
SELECT s.payload_sha256, t.payload_sha256, '{1}', 'ready', s.payload_sha256, 50 FROM fota.image s, fota.image t WHERE s.version = '1.0' AND t.version = '1.2';
SELECT has, becomes, devices, bytes_full, bytes_with_deltas, deltas_missing FROM fota.preview();
ROLLBACK;
SELECT name, state FROM fota.rule ORDER BY 1;

-- A rule that is stopped, one that is edited, an image that is withdrawn, a model that waits: each alone.
BEGIN;
SELECT fota.stop_rollout('all');
SELECT model, component, has, was, becomes, rule, devices FROM fota.preview();
ROLLBACK;
BEGIN;
UPDATE fota.rule SET release = '1.2' WHERE name = 'all';
SELECT model, component, has, was, becomes, rule, devices FROM fota.preview();
ROLLBACK;
BEGIN;
UPDATE fota.image SET state = 'withdrawn' WHERE version = '1.1';
SELECT has, was, becomes, reason, devices FROM fota.preview();
ROLLBACK;
BEGIN;
UPDATE fota.model SET unknown_contents = 'wait' WHERE model = 'lamp';
SELECT has, was, becomes, reason, devices, unknown FROM fota.preview();
ROLLBACK;
-- A rule that is deleted, and made again under the same name with another release.
BEGIN;
SELECT fota.stop_rollout('all');
DELETE FROM fota.rule WHERE name = 'all';
INSERT INTO fota.rule (name, release, model) VALUES ('all', '1.2', 'lamp');
SELECT fota.start_rollout('all');
SELECT has, was, becomes, rule, devices FROM fota.preview();
ROLLBACK;
-- Much at once: a model, its image, release, device and rule.
BEGIN;
SELECT fota.add_model('horn', '{app}'), fota.add_image('horn', 'app', '3', 'toot', '{"format": "raw"}'), fota.add_release('h', 'horn', '{"app": "3"}');
INSERT INTO fota.device (model, serial) VALUES ('horn', 'H1');
INSERT INTO fota.rule (name, release, model) VALUES ('horns', 'h', 'horn');
SELECT fota.start_rollout('horns');
SELECT * FROM fota.preview();
ROLLBACK;

-- Ties are shown: of two rules of the same level and priority the newer one wins.
BEGIN;
INSERT INTO fota.rule (name, release, model, years) VALUES ('a', '1.1', 'lamp', '[2024,2025)'), ('b', '1.2', 'lamp', '[2024,2026)');
SELECT fota.start_rollout('a'), fota.start_rollout('b');
SELECT has, becomes, rule, devices, ties FROM fota.preview() ORDER BY 1, 2, 3;
ROLLBACK;

-- Drafts: what would they do, if they were active for all of their devices? Their waves do not matter here.
INSERT INTO fota.rule (name, release, model, years) VALUES ('draft', '1.2', 'lamp', '[2025,2026)');
INSERT INTO fota.wave (rule_id, wave, percent) SELECT rule_id, 1, 1 FROM fota.rule WHERE name = 'draft';
SELECT has, was, becomes, rule, devices FROM fota.preview('{draft}');
SELECT device, has, was_version, version FROM fota.preview_devices('{draft}') LIMIT 2;
SELECT fota.preview('{all}');
SELECT fota.preview('{nothing}');
SELECT name, state FROM fota.rule ORDER BY 1;

-- Once the change has its epoch, it cannot be told from what was before.
BEGIN;
UPDATE fota.rule SET priority = 3 WHERE name = 'all';
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM fota.preview();
ROLLBACK;

-- The future may be asked for: the rule of a night to come. The past may not: it cannot be changed.
BEGIN;
UPDATE fota.rule SET release = '1.2', active_during = '[2098-01-01,2098-01-02)' WHERE name = 'all';
SELECT has, was, becomes, rule, devices FROM fota.preview(NULL, '2098-01-01 12:00+00');
SELECT has, was, becomes, rule, devices FROM fota.preview(NULL, '2097-01-01');
SELECT fota.preview(NULL, '2001-01-01');
ROLLBACK;
-- Drafts in a transaction that changes something, too: both count.
BEGIN;
UPDATE fota.rule SET release = '1.2' WHERE name = 'all';
SELECT has, was, becomes, rule, devices FROM fota.preview('{draft}');
ROLLBACK;

-- An operator asks, too.
\connect - op
BEGIN;
UPDATE fota.rule SET release = '1.2' WHERE name = 'all';
SELECT has, was, becomes, rule, devices FROM fota.preview();
ROLLBACK;
