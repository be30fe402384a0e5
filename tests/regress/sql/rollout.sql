-- Staged exposure: waves, their advance, brakes, budgets, lost devices, the way back. Every call says
-- at which time it is made; nothing here waits for a real clock.

SELECT fota.add_model('lamp', '{app}');
SELECT fota.add_image('lamp', 'app', v, convert_to('app ' || v, 'UTF8'), '{"format": "raw"}') FROM unnest('{1.0,1.1,1.2}'::text[]) v;
SELECT fota.add_release('r' || v, 'lamp', jsonb_build_object('app', v)) FROM unnest('{1.0,1.1,1.2}'::text[]) v;
UPDATE fota.model SET poll_active = '1 min' WHERE model = 'lamp';
INSERT INTO fota.device (model, serial, year) SELECT 'lamp', 'L' || n, 2024 + n % 2 FROM generate_series(1, 400) n;

CREATE FUNCTION pg_temp.open(bigint, timestamptz) RETURNS int LANGUAGE sql AS $$
	SELECT action FROM fota_device.open_action(1, $1, 'https', $2) $$;
CREATE FUNCTION pg_temp.has(bigint, text, timestamptz) RETURNS text LANGUAGE sql AS $$
	SELECT status FROM fota_device.inventory(1, $1, jsonb_build_object('app', jsonb_build_object('version', $2)),
		NULL, NULL, NULL, NULL, 'native', $3) $$;
CREATE FUNCTION pg_temp.say(device bigint, state int, at timestamptz, code int DEFAULT NULL, seconds int DEFAULT NULL) RETURNS text
LANGUAGE sql AS $$
	SELECT status FROM fota_device.report(1, $1, NULL, (SELECT max(action) FROM fota.action WHERE device_id = $1), NULL, $2,
		$4, NULL, $5, NULL, $3) $$;
-- A device has 1.0 and checks in; it installs what it is offered, fails, or falls silent while it fetches.
CREATE FUNCTION pg_temp.go(device bigint, fate text, at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	v_action int;
BEGIN
	PERFORM pg_temp.has($1, '1.0', $3);
	v_action := pg_temp.open($1, $3);
	IF v_action IS NULL THEN
		RETURN 'nothing';
	END IF;
	PERFORM pg_temp.say($1, 1, $3);
	IF $2 = 'well' THEN
		PERFORM pg_temp.say($1, 3, $3 + interval '1 s'), pg_temp.has($1, (SELECT version FROM fota.action_item
			WHERE device_id = $1 AND action = v_action), $3 + interval '2 s');
	ELSIF $2 = 'badly' THEN
		PERFORM pg_temp.say($1, 5, $3 + interval '1 s', 1);
	END IF;
	RETURN (SELECT state FROM fota.action WHERE device_id = $1 AND action = v_action);
END
$$;
-- The devices of a wave of a rule, in order.
CREATE FUNCTION pg_temp.members(rule text, wave int) RETURNS SETOF bigint LANGUAGE sql AS $$
	SELECT d.device_id FROM fota.device d, fota.rule r WHERE r.name = $1 AND fota.wave_of(1, r.rule_id, d.device_id) = $2 ORDER BY 1 $$;
CREATE VIEW public.progress AS
SELECT rule, state, wave, percent, opened_at, population, started, succeeded, failed, lost, braked_at, finished_at FROM fota_report.rollout;
CREATE VIEW public.told AS
SELECT e.at, e.kind, r.name AS rule, d.name AS device, e.detail - 'rule' AS detail
FROM fota.event e LEFT JOIN fota.rule r USING (tenant_id, rule_id) LEFT JOIN fota.device d USING (tenant_id, device_id) ORDER BY e.event_id;

-- Three waves: 5 % for an hour at least, 25 %, all.
INSERT INTO fota.rule (name, release, model, seed) VALUES ('spring', 'r1.1', 'lamp', 'spring');
INSERT INTO fota.rollout (rule_id, min_failures, min_finished) SELECT rule_id, 2, 3 FROM fota.rule WHERE name = 'spring';
INSERT INTO fota.wave (rule_id, wave, percent, soak, advance_at, pause_at)
SELECT rule_id, w.wave, w.percent, w.soak, 0.9, 0.1
FROM fota.rule, (VALUES (1, 5, interval '1 h'), (2, 25, '0'), (3, 100, '0')) w (wave, percent, soak) WHERE name = 'spring';
SELECT fota.start_rollout('spring', '2099-01-01 08:00');
SELECT * FROM public.progress;
SELECT count(*) FROM pg_temp.members('spring', 1);
SELECT count(*) AS offered FROM fota.resolve_many(1, NULL, '2099-01-01 08:00') WHERE verdict = 'install';

-- A wave advances when soak is over, min_finished devices have come to an end, and enough of them succeeded.
SELECT fota.tick('2099-01-01 09:30');
SELECT pg_temp.go(d, 'well', '2099-01-01 09:30') FROM pg_temp.members('spring', 1) d LIMIT 2;
SELECT fota.tick('2099-01-01 09:31');
SELECT pg_temp.go(d, 'well', '2099-01-01 09:32') FROM pg_temp.members('spring', 1) d OFFSET 2 LIMIT 1;
SELECT fota.tick('2099-01-01 09:33'), fota.tick('2099-01-01 09:34');
SELECT * FROM public.progress;

-- The brake: min_failures 2, pause_at 0.1 of the wave's population as it was when it opened. The report that
-- tips the scales pauses the rule in its own transaction. A device fails once, however often.
SELECT pg_temp.members('spring', 2) AS d LIMIT 1
\gset
SELECT pg_temp.go(:d, 'badly', '2099-01-01 10:00'), pg_temp.go(:d, 'badly', '2099-01-01 11:00');
SELECT failed, state FROM public.progress WHERE wave = 2;
SELECT ceil(0.1 * population) - 2 AS more FROM public.progress WHERE wave = 2
\gset
SELECT pg_temp.go(d, 'badly', '2099-01-01 12:00') FROM pg_temp.members('spring', 2) d OFFSET 1 LIMIT :more;
SELECT failed, state FROM public.progress WHERE wave = 2;
SELECT pg_temp.go(d, 'badly', '2099-01-01 12:01') FROM pg_temp.members('spring', 2) d OFFSET 1 + :more LIMIT 1;
SELECT failed, state, braked_at FROM public.progress WHERE wave = 2;
-- What is under way goes on, nothing begins, no wave opens; it stays so until an operator resumes. Then the
-- failures until now are accepted.
SELECT pg_temp.go(d, 'well', '2099-01-01 12:05') FROM pg_temp.members('spring', 2) d OFFSET 20 LIMIT 1;
SELECT fota.tick('2099-01-02 00:00');
SELECT fota.resume_rollout('spring', '2099-01-02 08:00');
SELECT fota.tick('2099-01-02 08:01');
SELECT state, failed, braked_at FROM public.progress WHERE wave = 2;
SELECT pg_temp.go(d, 'well', '2099-01-02 08:05') FROM pg_temp.members('spring', 2) d OFFSET 20 LIMIT 1;

-- An operator opens the next wave by hand, whatever the share of successes says.
SELECT fota.advance_rollout('spring', '2099-01-02 09:00');
SELECT fota.advance_rollout('spring', '2099-01-02 09:00');
SELECT * FROM public.progress;
SELECT sum(population) FROM public.progress;

-- Lost: it fetched bytes, then had no contact for lost_after (3) of the intervals it was last told. A deferral is
-- no silence. The action is closed; the device that returns gets a new one, and has been lost all the same.
SELECT array_agg(d) AS w FROM (SELECT d FROM pg_temp.members('spring', 3) d LIMIT 4) x
\gset
SELECT pg_temp.has(d, '1.0', '2099-01-03 08:00'), pg_temp.open(d, '2099-01-03 08:00') FROM unnest(:'w'::bigint[]) d;
SELECT pg_temp.say((:'w'::bigint[])[1], 1, '2099-01-03 08:01'), pg_temp.say((:'w'::bigint[])[2], 1, '2099-01-03 08:01'),
	pg_temp.say((:'w'::bigint[])[2], 6, '2099-01-03 08:02', NULL, 3600);
SELECT fota.tick('2099-01-03 08:02');
SELECT fota.tick('2099-01-03 08:10');
SELECT array_position(:'w'::bigint[], device_id) AS device, state, reason FROM fota.action WHERE device_id = ANY (:'w'::bigint[]) ORDER BY 1;
SELECT fota.tick('2099-01-03 10:00');
SELECT array_position(:'w'::bigint[], device_id) AS device, state, reason FROM fota.action WHERE device_id = ANY (:'w'::bigint[]) ORDER BY 1;
SELECT rule, wave, lost_at, returned FROM fota_report.lost;
SELECT pg_temp.open((:'w'::bigint[])[1], '2099-01-03 11:00');
SELECT pg_temp.has((:'w'::bigint[])[1], '1.1', '2099-01-03 11:05');
SELECT lost, succeeded FROM public.progress WHERE wave = 3;
SELECT count(*) FROM fota_report.lost;
SELECT at, device IS NOT NULL AS device, component, from_version, version, code FROM fota_report.failures ORDER BY at LIMIT 1;

-- The way back: a release and a rule for those that had 1.0; L400 had a version that nobody has an image of.
SELECT device_id AS odd FROM fota.device WHERE serial = 'L400'
\gset
DELETE FROM fota.action WHERE device_id = :odd;
SELECT pg_temp.has(:odd, '0.9', '2099-01-03 11:00'), pg_temp.open(:odd, '2099-01-03 11:00') IS NOT NULL AS open, pg_temp.has(:odd, '1.1', '2099-01-03 11:01');
SELECT * FROM fota.roll_back_rollout('spring', '2099-01-03 12:00');
SELECT r.name, r.state, r.priority, r.allow_downgrade, count(*) FROM fota.rule r JOIN fota.rule_device x USING (tenant_id, rule_id)
GROUP BY r.rule_id, r.name, r.state, r.priority, r.allow_downgrade;
SELECT release, model, component, version FROM fota.release_item WHERE release LIKE '%back%';
SELECT verdict, reason, version, rule, count(*) FROM fota.resolve_many(1, NULL, '2099-01-03 12:00') GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4;
SELECT device, component, has, target, rule, reason FROM fota_report.ahead;
SELECT fota.roll_back_rollout('spring');
SELECT * FROM public.told;
SELECT fota.stop_rollout('spring-back-1');

-- A scheduled start: the first wave opens when active_during begins. Until then nobody is exposed.
INSERT INTO fota.rule (name, release, model, seed, active_during) VALUES ('summer', 'r1.2', 'lamp', 's', '[2099-06-01 00:00+00,2099-09-01 00:00+00)');
INSERT INTO fota.wave (rule_id, wave, percent) SELECT rule_id, 1, 50 FROM fota.rule WHERE name = 'summer';
SELECT fota.start_rollout('summer', '2099-05-01');
SELECT wave, percent, opened_at, population FROM public.progress WHERE rule = 'summer';
SELECT count(*) FROM fota.resolve_many(1, NULL, '2099-06-01 00:00') WHERE rule = 'summer';
SELECT fota.tick('2099-05-31 23:59'), fota.tick('2099-06-01 00:00');
SELECT wave, percent, opened_at, population FROM public.progress WHERE rule = 'summer';
SELECT count(*) FROM fota.resolve_many(1, NULL, '2099-06-01 00:00') WHERE rule = 'summer';
-- What an open wave reaches is fixed; when it is left can still be changed. Waves come before the start.
UPDATE fota.wave SET percent = 60 WHERE rule_id = (SELECT rule_id FROM fota.rule WHERE name = 'summer');
UPDATE fota.wave SET advance_at = 0.5 WHERE rule_id = (SELECT rule_id FROM fota.rule WHERE name = 'summer');
INSERT INTO fota.wave (rule_id, wave, percent) SELECT rule_id, 2, 70 FROM fota.rule WHERE name = 'summer';
INSERT INTO fota.wave (rule_id, wave, percent) SELECT rule_id, 1, 70 FROM fota.rule WHERE name = 'spring-back-1';
INSERT INTO fota.wave (rule_id, wave, percent, pause_at) SELECT rule_id, 3, 70, 1.5 FROM fota.rule WHERE name = 'summer';
INSERT INTO fota.wave (rule_id, wave, percent) SELECT rule_id, 3, 101 FROM fota.rule WHERE name = 'summer';
SELECT fota.stop_rollout('summer', '2099-06-02');

-- Budgets: at most 2 open actions, at most 3 devices started in an hour. They are asked when an action is opened,
-- never by resolve.
INSERT INTO fota.rule (name, release, model) VALUES ('slow', 'r1.2', 'lamp');
INSERT INTO fota.rollout (rule_id, max_open, max_starts_per_hour) SELECT rule_id, 2, 3 FROM fota.rule WHERE name = 'slow';
SELECT fota.start_rollout('slow', '2099-10-01');
SELECT d, pg_temp.open(d, '2099-10-01 00:00') IS NOT NULL AS opened FROM generate_series(101, 103) d;
SELECT verdict FROM fota.resolve('L103', '2099-10-01 00:00');
SELECT pg_temp.has(101, '1.2', '2099-10-01 00:10');
SELECT pg_temp.open(103, '2099-10-01 00:11') IS NOT NULL AS opened;
SELECT pg_temp.has(102, '1.2', '2099-10-01 00:12');
SELECT pg_temp.open(104, '2099-10-01 00:13') IS NOT NULL AS opened, pg_temp.open(104, '2099-10-01 01:01') IS NOT NULL AS later;
SELECT fota.stop_rollout('slow', '2099-10-02');

-- Two controllers of one lift never update at the same time.
UPDATE fota.device SET exclusion_group = 'lift 7' WHERE serial IN ('L201', 'L202');
INSERT INTO fota.rule (name, release, model) VALUES ('lifts', 'r1.2', 'lamp');
SELECT fota.start_rollout('lifts', '2099-11-01');
SELECT pg_temp.open(201, '2099-11-01 00:00') IS NOT NULL AS first, pg_temp.open(202, '2099-11-01 00:00') IS NOT NULL AS second;
SELECT pg_temp.has(201, '1.2', '2099-11-01 00:10');
SELECT pg_temp.open(202, '2099-11-01 00:11') IS NOT NULL AS second;

-- max_postpone is for all actions together, from when time was first asked for.
UPDATE fota.rule SET mode = 'soft', max_postpone = '2 h' WHERE name = 'lifts';
SELECT pg_temp.say(202, 7, '2099-11-01 01:00', NULL, 3600);
SELECT fota.cancel_action('L202');
UPDATE fota.device SET postponed_until = NULL WHERE serial = 'L202';
SELECT pg_temp.open(202, '2099-11-01 02:00') IS NOT NULL AS again, pg_temp.say(202, 7, '2099-11-01 02:30', NULL, 86400);
SELECT postponed_until FROM fota.device WHERE serial = 'L202';
SELECT fota.stop_rollout('lifts', '2099-11-02');

-- Where the tenant asks for it, a second person approves; what is changed afterwards is approved anew.
INSERT INTO fota.setting (name, value) VALUES ('approval', 'on');
INSERT INTO fota.setting (name, value) VALUES ('approval', 'yes');
INSERT INTO fota.rule (name, release, model) VALUES ('two', 'r1.2', 'lamp');
SELECT fota.start_rollout('two');
SELECT fota.approve_rollout('two');
SELECT fota.start_rollout('two');
\connect - op
SELECT fota.approve_rollout('two');
INSERT INTO fota.rule_approval (rule_id, login, digest) SELECT rule_id, 'fe', '' FROM fota.rule WHERE name = 'two';
SELECT login FROM fota.rule_approval ORDER BY 1;
SELECT fota.start_rollout('two', '2099-12-01');
SELECT fota.stop_rollout('two', '2099-12-01');
INSERT INTO fota.rule (name, release, model) VALUES ('three', 'r1.1', 'lamp');
SELECT fota.approve_rollout('three');
UPDATE fota.rule SET release = 'r1.2' WHERE name = 'three';
\connect - fota_dba
SELECT fota.start_rollout('three');

-- What one approves the other starts, whatever the styles of their sessions. What is in force stays as it was approved; so does
-- what is brought in force past start_rollout: it is judged at commit.
\connect - op
SET datestyle = 'German';
SET timezone = 'Asia/Kolkata';
SET intervalstyle = 'sql_standard';
INSERT INTO fota.rule (name, release, model, active_during, poll_every) VALUES ('four', 'r1.1', 'lamp', '[01.12.2099 00:00,)', '1 h');
INSERT INTO fota.wave (rule_id, wave, percent, soak) SELECT rule_id, 1, 50, '2 h' FROM fota.rule WHERE name = 'four';
SELECT fota.approve_rollout('four');
\connect - fota_dba
SELECT fota.start_rollout('four', '2099-12-02'), fota.pause_rollout('four', '2099-12-02'), fota.resume_rollout('four', '2099-12-02');
UPDATE fota.rule SET release = 'r1.2' WHERE name = 'four';
INSERT INTO fota.rule_device (rule_id, device_id) SELECT rule_id, 201 FROM fota.rule WHERE name = 'four';
UPDATE fota.release_item SET version = '1.2' WHERE release = 'r1.1';
UPDATE fota.rollout SET max_open = 1000 WHERE rule_id = (SELECT rule_id FROM fota.rule WHERE name = 'four');
SELECT fota.try_rule(r) FROM fota.rule r WHERE name = 'three';
SELECT fota.set_rule_state(tenant_id, rule_id, 'active') FROM fota.rule WHERE name = 'three';
SELECT fota.set_rule_state(tenant_id, rule_id, 'paused') FROM fota.rule WHERE name = 'three';
SELECT name, state, release FROM fota.rule WHERE name IN ('three', 'four') ORDER BY 1;
