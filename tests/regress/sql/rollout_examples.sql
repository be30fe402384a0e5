-- Rollouts as one would set them up: a canary, a share of every model and year, a paid feature, a floor, two of one lift.

SELECT fota.add_model('lamp', '{app,sounds}'), fota.add_model('lift', '{app}');
SELECT fota.add_image(m, 'app', v, convert_to(m || ' app ' || v, 'UTF8'), '{"format": "raw"}')
FROM unnest('{lamp,lift}'::text[]) m, unnest('{1.0,1.1}'::text[]) v;
SELECT fota.add_image('lamp', 'sounds', '7', 'ding', '{"format": "raw"}');
SELECT fota.add_release('1.1', 'lamp', '{"app": "1.1"}'), fota.add_release('1.1', 'lift', '{"app": "1.1"}'), fota.add_release('sounds', 'lamp', '{"sounds": "7"}');
INSERT INTO fota.device (model, serial, year, tags)
SELECT 'lamp', 'L' || n, 2020 + n % 3, CASE WHEN n % 40 = 0 THEN '{canary,paid}' WHEN n % 8 = 0 THEN '{paid}' ELSE '{}'::text[] END FROM generate_series(1, 2000) n;
INSERT INTO fota.device (model, serial, year) SELECT 'lift', 'E' || n, CASE WHEN n > 3 THEN 2024 END FROM generate_series(1, 40) n;
CREATE FUNCTION pg_temp.update(device bigint, version text, at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM fota_device.inventory(1, $1, '{"app": {"version": "1.0"}}', NULL, NULL, NULL, NULL, 'native', $3);
	PERFORM FROM fota_device.open_action(1, $1, 'https', $3);
	IF $2 IS NULL THEN
		PERFORM FROM fota_device.report(1, $1, NULL, 1, NULL, 5, 1, NULL, NULL, NULL, $3);
	ELSE
		PERFORM FROM fota_device.inventory(1, $1, jsonb_build_object('app', jsonb_build_object('version', $2)), NULL, NULL, NULL, NULL, 'native', $3);
	END IF;
	RETURN (SELECT state FROM fota.action WHERE device_id = $1 AND action = 1);
END
$$;

-- 1. A canary: 50 devices that carry the tag, for two days; then everybody. One failure among them is enough to stop.
INSERT INTO fota.rule (name, release, model) VALUES ('canary first', '1.1', 'lamp');
INSERT INTO fota.wave (rule_id, wave, filter, percent, soak, pause_at)
SELECT r.rule_id, w.wave, w.filter, w.percent, w.soak, 0.02
FROM fota.rule r, (VALUES (1, '$.tags[*] == "canary"'::jsonpath, NULL::numeric, interval '2 days'), (2, NULL, 100, '0')) w (wave, filter, percent, soak)
WHERE r.name = 'canary first';
SELECT fota.start_rollout('canary first', '2099-01-01');
SELECT wave, population FROM fota_report.rollout WHERE rule = 'canary first' ORDER BY 1;
SELECT d.tags, count(*) FROM fota.resolve_many(1, NULL, '2099-01-01') r JOIN fota.device d USING (device_id) WHERE r.verdict = 'install' GROUP BY 1;
SELECT pg_temp.update(device_id, '1.1', '2099-01-01 12:00'), count(*) FROM fota.device WHERE 'canary' = ANY (tags) AND serial <> 'L40' GROUP BY 1;
SELECT fota.tick('2099-01-02 23:00'), fota.tick('2099-01-03 00:00');
SELECT wave, population, started, succeeded, opened_at FROM fota_report.rollout WHERE rule = 'canary first' ORDER BY 1;
SELECT pg_temp.update(device_id, NULL, '2099-01-03 12:00') FROM fota.device WHERE serial = 'L40';
SELECT kind, at, detail FROM fota.event ORDER BY event_id;
SELECT fota.stop_rollout('canary first', '2099-01-04');

-- 2. 10 % of every model and year, and at least one device, then half, then all: no kind is left out by chance. It is
-- judged per model and year, too: one failure is little among 206 devices, but all that there is of one kind.
INSERT INTO fota.rule (name, release, seed) VALUES ('every kind', '1.1', 'seed');
INSERT INTO fota.rollout (rule_id, min_failures) SELECT rule_id, 1 FROM fota.rule WHERE name = 'every kind';
INSERT INTO fota.wave (rule_id, wave, percent, per_stratum, pause_at)
SELECT rule_id, w.wave, w.percent, true, 0.3 FROM fota.rule, (VALUES (1, 10), (2, 50), (3, 100)) w (wave, percent) WHERE name = 'every kind';
SELECT fota.start_rollout('every kind', '2099-02-01');
SELECT t.model, t.year, t.population, n.devices, t.threshold FROM fota.rollout_stratum t
JOIN (SELECT model, coalesce(year, -1) AS year, count(*) AS devices FROM fota.device GROUP BY 1, 2) n USING (model, year) ORDER BY 1, 2;
SELECT d.model, d.year, count(*) FROM fota.resolve_many(1, NULL, '2099-02-01') r JOIN fota.device d USING (device_id)
WHERE r.rule = 'every kind' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT fota.advance_rollout('every kind', '2099-02-02');
SELECT t.model, t.year, t.population, t.threshold >= o.threshold AS raised FROM fota.rollout_stratum t
JOIN fota.rollout_stratum o USING (tenant_id, rule_id, model, year) WHERE t.wave = 2 AND o.wave = 1 ORDER BY 1, 2;
SELECT count(*) FROM fota.resolve_many(1, NULL, '2099-02-02') r WHERE r.rule = 'every kind';
SELECT pg_temp.update(d.device_id, NULL, '2099-02-02 12:00')
FROM fota.device d, fota.rule r WHERE r.name = 'every kind' AND d.model = 'lift' AND d.year IS NULL AND fota.wave_of(1, r.rule_id, d.device_id) = 1;
SELECT state FROM fota.rule WHERE name = 'every kind';
SELECT detail FROM fota.event WHERE kind = 'rollout_braked' ORDER BY event_id DESC LIMIT 1;
-- Resumed: that failure is accepted. The last wave reaches whoever is made later, of whatever year.
SELECT fota.resume_rollout('every kind', '2099-02-03'), fota.tick('2099-02-03');
SELECT fota.advance_rollout('every kind', '2099-02-03');
SELECT state, wave, population FROM fota_report.rollout WHERE rule = 'every kind';
INSERT INTO fota.device (model, serial, year) VALUES ('lift', 'E99', 2099);
SELECT verdict, rule FROM fota.resolve('E99', '2099-02-04');
SELECT fota.stop_rollout('every kind', '2099-02-05');

-- 3. A paid feature: the sounds come to who carries the tag, at the next check-in after the tag is set.
INSERT INTO fota.rule (name, release, model, filter) VALUES ('sounds', 'sounds', 'lamp', '$.tags[*] == "paid"');
SELECT fota.start_rollout('sounds', '2099-03-01');
SELECT count(*) FROM fota.resolve_many(1, NULL, '2099-03-01') r WHERE r.rule = 'sounds' AND r.verdict = 'install';
SELECT verdict, rule FROM fota.resolve('L1', '2099-03-01') WHERE component = 'sounds';
UPDATE fota.device SET tags = tags || '{paid}' WHERE serial = 'L1';
SELECT verdict, rule FROM fota.resolve('L1', '2099-03-01') WHERE component = 'sounds';
SELECT fota.stop_rollout('sounds', '2099-03-02');

-- 4. Download first, install later: `downloaded` closes the action as a success, and nothing is offered again until
-- another rule asks for the installation.
INSERT INTO fota.rule (name, release, model, serial_from, serial_to, mode) VALUES ('fetch', '1.1', 'lift', 'E10', 'E10', 'download_only');
SELECT fota.start_rollout('fetch', '2099-04-01');
SELECT device_id AS d FROM fota.device WHERE serial = 'E10'
\gset
SELECT status FROM fota_device.inventory(1, :d, '{"app": {"version": "1.0"}}', NULL, NULL, NULL, NULL, 'native', '2099-04-01');
SELECT status, action FROM fota_device.open_action(1, :d, 'https', '2099-04-01');
SELECT component, version, flags FROM fota_device.check_in(1, :d, NULL, 'https', '2099-04-01');
SELECT status FROM fota_device.report(1, :d, NULL, 1, NULL, 2, NULL, NULL, NULL, NULL, '2099-04-01 00:01');
SELECT a.state, i.state AS item FROM fota.action a JOIN fota.action_item i USING (tenant_id, device_id, action) WHERE device_id = :d;
SELECT succeeded, failed FROM fota_report.rollout WHERE rule = 'fetch';
SELECT write, action FROM fota_device.check_in(1, :d, NULL, 'https', '2099-04-01 01:00');
SELECT verdict, detail FROM fota.resolve('E10', '2099-04-01 01:00');
SELECT fota.stop_rollout('fetch', '2099-04-02');

-- 5. The user must agree: the item says so (flag 2); a refusal closes the action, and is no failure.
INSERT INTO fota.rule (name, release, model, serial_from, serial_to, mode) VALUES ('ask', '1.1', 'lift', 'E10', 'E10', 'confirm');
SELECT fota.start_rollout('ask', '2099-05-01');
SELECT status, action FROM fota_device.open_action(1, :d, 'https', '2099-05-01');
SELECT component, version, flags FROM fota_device.check_in(1, :d, NULL, 'https', '2099-05-01');
SELECT status FROM fota_device.report(1, :d, NULL, 2, NULL, 8, NULL, NULL, NULL, NULL, '2099-05-01 00:01');
SELECT a.state, i.state AS item FROM fota.action a JOIN fota.action_item i USING (tenant_id, device_id, action) WHERE device_id = :d AND action = 2;
SELECT started, succeeded, failed, lost FROM fota_report.rollout WHERE rule = 'ask';
-- DDI clients cannot be asked, nor told to download only.
UPDATE fota.model SET client_class = 'swupdate' WHERE model = 'lamp';
INSERT INTO fota.rule (name, release, model, mode) VALUES ('ask lamps', '1.1', 'lamp', 'confirm');
SELECT fota.start_rollout('ask lamps');

-- 6. A mandatory floor: nobody gets past 2.0 without having been there. The device has succeeded when it is at the end of
-- its way, not at the floor.
SELECT fota.add_model('gate', '{app}'), fota.add_image('gate', 'app', v, convert_to('gate ' || v, 'UTF8'), '{"format": "raw"}')
FROM unnest('{1.0,2.0,3.0}'::text[]) v;
UPDATE fota.image SET floor = true WHERE model = 'gate' AND version = '2.0';
SELECT fota.add_release('3.0', 'gate', '{"app": "3.0"}');
INSERT INTO fota.device (model, serial) VALUES ('gate', 'G1');
INSERT INTO fota.rule (name, release, model) VALUES ('gates', '3.0', 'gate');
INSERT INTO fota.wave (rule_id, wave, percent) SELECT rule_id, 1, 100 FROM fota.rule WHERE name = 'gates';
SELECT fota.start_rollout('gates', '2099-06-01');
SELECT device_id AS g FROM fota.device WHERE serial = 'G1'
\gset
SELECT status FROM fota_device.inventory(1, :g, '{"app": {"version": "1.0"}}', NULL, NULL, NULL, NULL, 'native', '2099-06-01');
SELECT rule, verdict, reason, has, version, target, why FROM fota.explain('G1', '2099-06-01');
SELECT status, action FROM fota_device.open_action(1, :g, 'https', '2099-06-01');
SELECT status FROM fota_device.inventory(1, :g, '{"app": {"version": "2.0"}}', NULL, NULL, NULL, NULL, 'native', '2099-06-01 01:00');
SELECT started, succeeded, under_way FROM fota_report.rollout WHERE rule = 'gates';
SELECT status, action FROM fota_device.open_action(1, :g, 'https', '2099-06-01 01:01');
SELECT status FROM fota_device.inventory(1, :g, '{"app": {"version": "3.0"}}', NULL, NULL, NULL, NULL, 'native', '2099-06-01 02:00');
SELECT started, succeeded, under_way FROM fota_report.rollout WHERE rule = 'gates';
SELECT a.action, i.from_version, i.version, i.state FROM fota.action a JOIN fota.action_item i USING (tenant_id, device_id, action) WHERE device_id = :g ORDER BY 1;

-- 7. Two controllers of one lift never update together: whoever comes second is offered the update, but gets no action
-- until the other one has come to its end, well or badly.
SELECT fota.add_release('pair', 'lift', '{"app": "1.1"}');
INSERT INTO fota.device (model, serial, batch, exclusion_group) VALUES ('lift', 'P1', 'pair', 'lift 7'), ('lift', 'P2', 'pair', 'lift 7'), ('lift', 'P3', 'pair', 'lift 8');
INSERT INTO fota.rule (name, release, model, batch) VALUES ('lifts', 'pair', 'lift', 'pair');
SELECT fota.start_rollout('lifts', '2099-08-01');
SELECT d.serial, o.action FROM fota.device d CROSS JOIN LATERAL fota_device.open_action(1, d.device_id, 'https', '2099-08-01') o WHERE d.batch = 'pair' ORDER BY d.serial;
SELECT verdict, version FROM fota.resolve('P2', '2099-08-01');
SELECT r.status FROM fota.device d, fota_device.report(1, d.device_id, NULL, 1, NULL, 5, 1, NULL, NULL, NULL, '2099-08-01 00:10') r WHERE d.serial = 'P1';
SELECT o.action FROM fota.device d, fota_device.open_action(1, d.device_id, 'https', '2099-08-01 00:11') o WHERE d.serial = 'P2';
SELECT verdict, reason FROM fota.resolve('P1', '2099-08-01 00:11');
SELECT o.action FROM fota.device d, fota_device.open_action(1, d.device_id, 'https', '2099-08-01 01:00') o WHERE d.serial = 'P1';
SELECT fota.stop_rollout('lifts', '2099-08-02');

-- 8. A wave that nobody is in is over after its soak: the canaries of another model, and none is left; then everybody.
INSERT INTO fota.rule (name, release, model, batch) VALUES ('no canaries', 'pair', 'lift', 'pair');
INSERT INTO fota.rollout (rule_id, min_finished) SELECT rule_id, 10 FROM fota.rule WHERE name = 'no canaries';
INSERT INTO fota.wave (rule_id, wave, filter, percent, soak)
SELECT rule_id, w.wave, w.filter, w.percent, '1 h' FROM fota.rule, (VALUES (1, '$.tags[*] == "canary"'::jsonpath, NULL::numeric), (2, NULL, 100)) w (wave, filter, percent) WHERE name = 'no canaries';
SELECT fota.start_rollout('no canaries', '2099-09-01');
SELECT fota.tick('2099-09-01 00:59'), fota.tick('2099-09-01 01:00');
SELECT wave, population, to_char(opened_at, 'HH24:MI') AS opened FROM fota_report.rollout WHERE rule = 'no canaries';
SELECT fota.stop_rollout('no canaries', '2099-09-02');

-- The first example of sql/README.md, as it stands there.
INSERT INTO fota.rule (name, release, model) VALUES ('spring', '1.1', 'lamp');
INSERT INTO fota.wave (rule_id, wave, filter, percent, soak, pause_at) SELECT rule_id, w, f::jsonpath, p, s::interval, 0.02
FROM fota.rule, (VALUES (1, '$.tags[*] == "canary"', NULL, '2 days'), (2, NULL, 100, '0')) v (w, f, p, s) WHERE name = 'spring';
SELECT fota.start_rollout('spring');
SELECT wave, percent, population, opened_at IS NOT NULL AS open FROM fota_report.rollout WHERE rule = 'spring';
