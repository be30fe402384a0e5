-- Why does a device get what it gets? Ten situations, and what fota.explain says of each.

SELECT fota.add_model('lamp', '{app,sounds}');
SELECT fota.add_image('lamp', 'app', v, convert_to('app ' || v, 'UTF8'), '{"format": "raw"}') FROM unnest('{1.0,1.1,1.2,2.0}'::text[]) v;
SELECT fota.add_image('lamp', 'sounds', '7', 'ding', '{"format": "raw"}');
SELECT fota.add_release(v, 'lamp', jsonb_build_object('app', v)) FROM unnest('{1.0,1.1,1.2,2.0}'::text[]) v;
SELECT fota.add_release('sounds', 'lamp', '{"sounds": "7"}');
INSERT INTO fota.device (model, serial, year, batch, tags) VALUES
	('lamp', 'L1', 2024, 'B1', '{paid}'), ('lamp', 'L2', 2024, 'B2', '{}'), ('lamp', 'L3', NULL, NULL, '{}');
CREATE FUNCTION pg_temp.has(text, text, timestamptz) RETURNS text LANGUAGE sql AS $$
	SELECT status FROM fota.device d, fota_device.inventory(1, d.device_id, jsonb_build_object('app', jsonb_build_object('version', $2)),
		NULL, NULL, NULL, NULL, 'native', $3) WHERE d.name = $1 $$;
SELECT pg_temp.has('L1', '1.0', '2099-01-01'), pg_temp.has('L2', '2.0', '2099-01-01');
PREPARE why (text) AS SELECT component, place, rule, level, priority, in_force, won, tests, why FROM fota.explain($1, '2099-01-02');
PREPARE then_what (text) AS SELECT component, rule, verdict, reason, has, version, target, encoding FROM fota.explain($1, '2099-01-02') WHERE verdict IS NOT NULL;

-- 1. No rule at all.
EXECUTE why('L1');
EXECUTE then_what('L1');

-- 2. The more specific rule wins; 3. a rule of another year, and of another batch, does not cover the device; a year
-- that nobody knows is in no range.
INSERT INTO fota.rule (name, release, model, years, batch) VALUES ('all', '1.1', NULL, NULL, NULL), ('lamps', '1.0', 'lamp', NULL, NULL),
	('2024', '1.2', 'lamp', '[2024,2025)', NULL), ('2025', '2.0', 'lamp', '[2025,2026)', NULL), ('batch 2', '2.0', 'lamp', NULL, 'B2');
SELECT fota.start_rollout(name, '2099-01-01') FROM fota.rule ORDER BY rule_id;
EXECUTE why('L1');
EXECUTE then_what('L1');
EXECUTE why('L3');

-- 4. Newer than the rule says: kept.
EXECUTE then_what('L2');
SELECT fota.stop_rollout('batch 2', '2099-01-01');
EXECUTE then_what('L2');

-- 5. Among equals the higher priority; 6. then the newer rule, which explain names as what it is.
INSERT INTO fota.rule (name, release, model, years, priority) VALUES ('2024 and on', '1.1', 'lamp', '[2024,)', 5), ('2020 and on', '1.0', 'lamp', '[2020,)', 5);
SELECT fota.start_rollout('2024 and on', '2099-01-01'), fota.start_rollout('2020 and on', '2099-01-01');
EXECUTE why('L1');
SELECT fota.stop_rollout('2024 and on', '2099-01-01'), fota.stop_rollout('2020 and on', '2099-01-01');

-- 7. Tests of versions and a filter: not met, and not known.
INSERT INTO fota.rule (name, release, model, versions, filter) VALUES
	('old ones', 'sounds', 'lamp', '{"app": "<1.0"}', NULL), ('with sounds', 'sounds', 'lamp', '{"sounds": "*"}', NULL),
	('paid', 'sounds', 'lamp', NULL, '$.tags[*] == "paid"'), ('blue', 'sounds', 'lamp', NULL, '$.attributes.colour == "blue"');
SELECT fota.start_rollout(name, '2099-01-01') FROM fota.rule WHERE release = 'sounds' ORDER BY rule_id;
SELECT * FROM (SELECT rule, in_force, won, tests, why FROM fota.explain('L1', '2099-01-02') WHERE component = 'sounds') x;

-- 8. Not yet exposed by the rollout; then exposed. 9. Not yet, by the clock. 10. Paused, but its action is open.
INSERT INTO fota.rule (name, release, model, years, priority, seed, active_during) VALUES
	('staged', '2.0', 'lamp', '[2024,2025)', 9, 's', NULL), ('later', '2.0', 'lamp', '[2024,2025)', 10, 's', '[2099-06-01 00:00+00,)');
INSERT INTO fota.wave (rule_id, wave, percent, soak) SELECT rule_id, n, n * n * 20, '1 d' FROM fota.rule, generate_series(1, 2) n WHERE name = 'staged';
SELECT fota.start_rollout('staged', '2099-01-01'), fota.start_rollout('later', '2099-01-01');
SELECT rule, in_force, won, tests, why FROM fota.explain('L1', '2099-01-02') WHERE rule IN ('staged', 'later') AND component = 'app';
SELECT fota.advance_rollout('staged', '2099-01-01');
SELECT rule, in_force, won, tests, why FROM fota.explain('L1', '2099-01-02') WHERE rule IN ('staged') AND component = 'app';
SELECT action FROM fota.device d, fota_device.open_action(1, d.device_id, 'https', '2099-01-02') WHERE d.name = 'L1';
SELECT fota.pause_rollout('staged', '2099-01-02');
SELECT rule, in_force, won, tests, why FROM fota.explain('L1', '2099-01-02') WHERE rule = 'staged' AND component = 'app';
SELECT fota.explain('L9');

-- Which devices is a rule about, and what does it mean for them?
SELECT device, wave, component, verdict, reason, has, version, started_at FROM fota.devices_of('staged', '2099-01-02');
SELECT device, component, verdict, version FROM fota.devices_of('paid', '2099-01-02');
SELECT fota.devices_of('nothing');

-- What the views make of it.
SELECT device, component, rule, has, target, reason FROM fota_report.ahead;
INSERT INTO fota.device (model, serial, year) VALUES ('lamp', 'L4', 2025);
UPDATE fota.image SET state = 'withdrawn' WHERE version = '2.0';
SELECT device, component, rule, has, target, reason FROM fota_report.blocked;
UPDATE fota.image SET state = 'published' WHERE version = '2.0';

-- explain agrees with resolve: what is in force and comes first has won.
SELECT count(*) AS rows, count(*) FILTER (WHERE won IS DISTINCT FROM (place = first)) AS wrong FROM (
	SELECT e.*, min(e.place) FILTER (WHERE e.in_force) OVER (PARTITION BY d.name, e.component) AS first
	FROM fota.device d, fota.explain(d.name, '2099-01-02') e WHERE e.rule IS NOT NULL) x WHERE first IS NOT NULL OR won;
