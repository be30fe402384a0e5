-- Which rule decides: scope, level, priority, time, exposure, and the component that it names.

SELECT fota.add_model('lamp', '{app,sounds}');
SELECT fota.add_model('horn', '{app}');
SELECT fota.add_model('*', '{app,sounds}');
SELECT fota.add_image(m, 'app', v || '.0', decode(md5(m || v), 'hex'), '{"format": "raw"}')
FROM unnest('{lamp,horn}'::text[]) m, generate_series(1, 8) v;
SELECT fota.add_release('app ' || v, m, jsonb_build_object('app', v || '.0'))
FROM unnest('{lamp,horn}'::text[]) m, generate_series(1, 8) v;
INSERT INTO fota.device (model, serial, year, batch) VALUES
	('lamp', 'SN9', 2024, 'B1'), ('lamp', 'SN10', 2024, 'B1'), ('lamp', 'SN010', 2024, 'B1'),
	('lamp', 'SN11', 2025, 'B2'), ('lamp', 'XX', NULL, NULL), ('horn', 'H1', 2024, 'B1');

-- What each device must have of component app, and by which rule.
PREPARE desired (text) AS
SELECT d.name, r.rule, r.version FROM fota.device d, fota.resolve(d.name, $1::timestamptz) r
WHERE r.component = 'app' OR r.component IS NULL ORDER BY d.device_id;

-- A rule is a draft and exposes nobody; only start_rollout activates it.
INSERT INTO fota.rule (name, release) VALUES ('everybody', 'app 1');
EXECUTE desired('now');
INSERT INTO fota.rule (name, release, state) VALUES ('hasty', 'app 1', 'active');
UPDATE fota.rule SET state = 'active' WHERE name = 'everybody';
SELECT fota.start_rollout('everybody');
EXECUTE desired('now');

-- Level: single serial 16, range 8, batch 4, years 2, model 1. The more special rule wins whatever
-- its priority and its age: these are started from the most special to the most general.
INSERT INTO fota.rule (name, release, model, years, batch, serial_from, serial_to, priority) VALUES
	('16 serial', 'app 8', NULL, NULL, NULL, 'SN10', 'SN10', 0),
	('8 range', 'app 7', NULL, NULL, NULL, 'SN9', 'SN10', 0),
	('7 model years batch', 'app 6', 'lamp', '[2024,2025)', 'B1', NULL, NULL, 9),
	('4 batch', 'app 5', NULL, NULL, 'B1', NULL, NULL, 9),
	('3 model years', 'app 4', 'lamp', '[2024,2024]', NULL, NULL, NULL, 9),
	('2 years', 'app 3', NULL, '[2024,2025]', NULL, NULL, NULL, 9),
	('1 model', 'app 2', 'lamp', NULL, NULL, NULL, NULL, 9);
SELECT fota.start_rollout(name) FROM fota.rule WHERE state = 'draft' ORDER BY rule_id;
EXECUTE desired('now');
-- Each that is stopped makes room for the next.
SELECT fota.stop_rollout('16 serial'), fota.stop_rollout('8 range');
EXECUTE desired('now');
SELECT fota.stop_rollout('7 model years batch'), fota.stop_rollout('4 batch');
EXECUTE desired('now');
SELECT fota.stop_rollout('3 model years');
EXECUTE desired('now');
SELECT fota.stop_rollout(name) FROM fota.rule WHERE state = 'active' ORDER BY rule_id;
EXECUTE desired('now');

-- Serials: 'SN9' comes before 'SN10', though not by bytes. Equal bounds are that one serial, as it
-- is written; a range compares numbers, so that it takes 'SN010' for 'SN10'. One bound may be open.
INSERT INTO fota.rule (name, release, serial_from, serial_to) VALUES
	('one', 'app 1', 'SN010', 'SN010'), ('range', 'app 2', 'SN9', 'SN10'),
	('up', 'app 3', 'SN11', NULL), ('down', 'app 4', NULL, 'SN10');
SELECT fota.start_rollout('one');
EXECUTE desired('now');
SELECT fota.stop_rollout('one'), fota.start_rollout('range');
EXECUTE desired('now');
SELECT fota.stop_rollout('range'), fota.start_rollout('up');
EXECUTE desired('now');
SELECT fota.stop_rollout('up'), fota.start_rollout('down');
EXECUTE desired('now');
SELECT fota.stop_rollout('down');
INSERT INTO fota.rule (name, release, serial_from, serial_to) VALUES ('none', 'app 1', 'SN10', 'SN9');

-- Priority decides within a level, then the newer rule.
INSERT INTO fota.rule (name, release, model, priority) VALUES
	('urgent', 'app 1', 'lamp', 5), ('normal', 'app 2', 'lamp', 0);
SELECT fota.start_rollout('normal'), fota.start_rollout('urgent');
EXECUTE desired('now');
SELECT fota.stop_rollout('urgent');
EXECUTE desired('now');

-- Two rules that would tie for ever are refused, with the other one's name; not when their times
-- do not overlap, when they share no component, or when the other is stopped in the same transaction.
INSERT INTO fota.rule (name, release, model) VALUES ('twin', 'app 3', 'lamp');
SELECT fota.start_rollout('twin');
SELECT fota.pause_rollout('normal');
SELECT fota.start_rollout('twin');
SELECT fota.resume_rollout('normal');
BEGIN;
SELECT fota.stop_rollout('normal'), fota.start_rollout('twin');
COMMIT;
EXECUTE desired('now');
SELECT fota.stop_rollout('twin');
INSERT INTO fota.rule (name, release, model, active_during) VALUES
	('january', 'app 1', 'lamp', '[2099-01-01,2099-02-01)'), ('february', 'app 2', 'lamp', '[2099-02-01,2099-03-01)'),
	('whole year', 'app 3', 'lamp', '[2099-01-01,2100-01-01)');
SELECT fota.start_rollout('january'), fota.start_rollout('february');
SELECT fota.start_rollout('whole year');
-- Nor may a change of a running rule make it tie: that is seen at commit.
UPDATE fota.rule SET active_during = '[2099-01-15,2099-03-01)' WHERE name = 'february';

-- Time: a rule holds from the first instant of active_during to before the last. valid_until is the
-- next instant at which time alone could change the answer.
SELECT t.at, r.rule, r.version, r.reason, r.valid_until
FROM unnest('{2098-12-31 23:59:59.999,2099-01-01,2099-01-31 23:59:59.999,2099-02-01,2099-03-01}'::timestamptz[]) t (at),
	fota.resolve('SN9', t.at) r;
SELECT fota.stop_rollout('january'), fota.stop_rollout('february');
INSERT INTO fota.rule (name, release, active_during, seed) VALUES ('never', 'app 1', 'empty', 'a seed');
INSERT INTO fota.rule (name, release, active_during) VALUES ('for ever', 'app 1', '[2099-01-01,)');
SELECT fota.start_rollout('for ever');
SELECT rule, valid_until FROM fota.resolve('SN9', now());
SELECT rule, valid_until FROM fota.resolve('SN9', '2099-06-01');
SELECT fota.stop_rollout('for ever');

-- Rows of rule_device narrow a rule, and only narrow it.
INSERT INTO fota.rule (name, release, model) VALUES ('chosen', 'app 1', 'lamp');
INSERT INTO fota.rule_device (rule_id, device_id)
SELECT r.rule_id, d.device_id FROM fota.rule r, fota.device d WHERE r.name = 'chosen' AND d.name IN ('SN9', 'H1');
SELECT fota.start_rollout('chosen');
EXECUTE desired('now');
DELETE FROM fota.rule_device;
EXECUTE desired('now');
SELECT fota.stop_rollout('chosen');

-- A rule overrides the components that its release names and no others.
SELECT fota.add_image('lamp', 'sounds', '1.0', 'ding', '{"format": "raw"}'), fota.add_image('lamp', 'sounds', '2.0', 'dong', '{"format": "raw"}');
SELECT fota.add_release('both', 'lamp', '{"app": "1.0", "sounds": "1.0"}');
SELECT fota.add_release('dong', 'lamp', '{"sounds": "2.0"}');
INSERT INTO fota.rule (name, release, batch) VALUES ('base', 'both', NULL), ('festive', 'dong', 'B1');
SELECT fota.start_rollout('base'), fota.start_rollout('festive');
SELECT d.name, r.component, r.rule, r.version FROM fota.device d, fota.resolve(d.name) r WHERE d.name IN ('SN9', 'SN11') ORDER BY 1, 2;
SELECT fota.stop_rollout('base'), fota.stop_rollout('festive');

-- Model '*' in a release stands for every model that has the component; the device's own model
-- comes before it.
SELECT fota.add_image('*', 'sounds', '3.0', 'for all', '{"format": "raw"}'), fota.add_image('*', 'app', '9.0', 'app for all', '{"format": "raw"}');
SELECT fota.add_release('common', '*', '{"app": "9.0", "sounds": "3.0"}');
SELECT fota.add_release('common', 'horn', '{"app": "1.0"}');
INSERT INTO fota.rule (name, release) VALUES ('common', 'common');
SELECT fota.start_rollout('common');
SELECT d.name, r.component, r.version FROM fota.device d, fota.resolve(d.name) r WHERE d.name IN ('SN9', 'H1') ORDER BY 1, 2;
SELECT fota.stop_rollout('common');

-- A rule that could do nothing for a model that it covers is refused.
INSERT INTO fota.rule (name, release, model) VALUES ('nothing for horns', 'dong', 'horn');
INSERT INTO fota.release (release) VALUES ('empty');
INSERT INTO fota.rule (name, release) VALUES ('empty', 'empty');

-- Exposure: the devices whose bucket, of seed and name, is below the percents. Raising only adds.
INSERT INTO fota.rule (name, release, model, seed) VALUES ('few', 'app 1', 'lamp', 'a seed');
SELECT fota.start_rollout('few');
SELECT name, fota.bucket('a seed', name) FROM fota.device WHERE model = 'lamp' ORDER BY 2;
SELECT s.wave, s.percent FROM fota.rollout_state s JOIN fota.rule r USING (tenant_id, rule_id) WHERE r.name = 'few';
UPDATE fota.rollout_state SET percent = 60 WHERE rule_id = (SELECT rule_id FROM fota.rule WHERE name = 'few');
EXECUTE desired('now');
UPDATE fota.rollout_state SET percent = 84.35 WHERE rule_id = (SELECT rule_id FROM fota.rule WHERE name = 'few');
EXECUTE desired('now');
UPDATE fota.rollout_state SET percent = 84.36 WHERE rule_id = (SELECT rule_id FROM fota.rule WHERE name = 'few');
EXECUTE desired('now');
UPDATE fota.rollout_state SET percent = 0 WHERE rule_id = (SELECT rule_id FROM fota.rule WHERE name = 'few');
EXECUTE desired('now');
SELECT fota.stop_rollout('few');

INSERT INTO fota.rule (name, release, mode) VALUES ('soft', 'app 1', 'soft');

-- draft -> active <-> paused -> stopped, by the functions only; each says what the rule is now.
SELECT fota.pause_rollout('soft');
SELECT fota.stop_rollout('no such rule');
SELECT fota.start_rollout('soft'), fota.pause_rollout('soft');
SELECT name, state FROM fota.rule WHERE name = 'soft';
SELECT fota.start_rollout('soft');
SELECT fota.resume_rollout('soft'), fota.stop_rollout('soft');
SELECT fota.start_rollout('soft');
SELECT fota.resume_rollout('soft');
UPDATE fota.rule SET state = 'draft' WHERE name = 'soft';
INSERT INTO fota.rule (name, release) VALUES ('soft', 'app 1');
INSERT INTO fota.rule (name, release) VALUES ('nowhere', 'no such release');
