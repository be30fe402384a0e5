-- The life of an action, by the calls that a front-end makes: inventory, check_in, open_action,
-- grant, read_blob, report. Each call says at which time it is made.

SELECT fota.add_model('lamp', '{app,sounds}');
SELECT fota.add_image('lamp', 'app', v, convert_to(repeat('app ' || v || ' ', 20), 'UTF8'), '{"format": "raw"}')
FROM unnest('{1.0.0,1.1.0,1.2.0}'::text[]) v;
SELECT fota.add_image('lamp', 'sounds', '7', 'ding', '{"format": "raw"}');
SELECT fota.add_release('1.1', 'lamp', '{"app": "1.1.0", "sounds": "7"}'), fota.add_release('1.2', 'lamp', '{"app": "1.2.0"}');
UPDATE fota.component SET install_order = 1 WHERE component = 'app' AND model = 'lamp';
INSERT INTO fota.device (model, serial) SELECT 'lamp', 'L' || n FROM generate_series(1, 12) n;
INSERT INTO fota.rule (name, release, model) VALUES ('r', '1.1', 'lamp');

-- Nothing to do: no rule is in force.
\connect - fe
SELECT status, write, next, epoch IS NOT NULL AS epoch, reason, action FROM fota_device.check_in(1, 1, NULL, 'https', '2099-01-01');
SELECT status, action FROM fota_device.open_action(1, 1, 'https', '2099-01-01');
\connect - fota_dba
SELECT fota.start_rollout('r');
\connect - fe
PREPARE check_in (bigint, timestamptz) AS
SELECT status, write, reason, action, item, component, verb, version, size, format, bytes, base IS NOT NULL AS base
FROM fota_device.check_in(1, $1, NULL, 'https', $2);
PREPARE open (bigint, timestamptz) AS SELECT status, action FROM fota_device.open_action(1, $1, 'https', $2);
PREPARE has (bigint, text, timestamptz) AS
SELECT status FROM fota_device.inventory(1, $1, $2::jsonb, '{"formats": [[0], [1]]}', NULL, NULL, NULL, 'native', $3);
PREPARE say (bigint, int, int, int, int, timestamptz) AS
SELECT status FROM fota_device.report(1, $1, NULL, $2, $3, $4, $5, NULL, NULL, NULL, $6);

-- A check-in writes nothing; it says that something must be written. open_action does it, again and
-- again without another effect. Items come in the order of component.install_order and name.
EXECUTE has (1, '{"app": {"version": "1.0.0"}}', '2099-01-01 00:00');
EXECUTE check_in (1, '2099-01-01 00:00');
EXECUTE open (1, '2099-01-01 00:00');
EXECUTE open (1, '2099-01-01 00:00');
EXECUTE check_in (1, '2099-01-01 00:00');

-- The tag stands for what was sent: while it is right, contents need not be sent again.
SELECT tag FROM fota_device.check_in(1, 1, NULL, 'https', '2099-01-01 00:00') LIMIT 1
\gset
SELECT status, action, item FROM fota_device.check_in(1, 1, :'tag', 'https', '2099-01-01 00:00');
SELECT status, action, item FROM fota_device.check_in(1, 1, '\x0000000000000000', 'https', '2099-01-01 00:00');

-- What is granted is what travels, to the device whose open action it is, and to no one else.
SELECT status, size, media_type, file_name FROM fota_device."grant"(1, 1, 1, 2, NULL, '2099-01-01 00:01');
SELECT g.status, b.status, b.chunk_no, convert_from(b.data, 'UTF8') AS data
FROM fota_device."grant"(1, 1, 1, 1, NULL, '2099-01-01 00:01') g, fota_device.read_blob(1, g.sha256, 0, 4) b;
SELECT status, sha256, size FROM fota_device."grant"(1, 1, 1, 3, NULL, '2099-01-01 00:01');
SELECT status, sha256, size FROM fota_device."grant"(1, 1, 2, 1, NULL, '2099-01-01 00:01');
SELECT status, sha256, size FROM fota_device."grant"(1, 2, 1, 1, NULL, '2099-01-01 00:01');
SELECT status FROM fota_device.read_blob(1, sha256('nobody has this'), 0, 1);

-- Reports move an item forward, once; one that comes again, or late, changes nothing.
EXECUTE say (1, 1, NULL, 1, NULL, '2099-01-01 00:02');
EXECUTE say (1, 1, NULL, 1, NULL, '2099-01-01 00:02:01');
EXECUTE say (1, 1, 2, 3, NULL, '2099-01-01 00:03');
EXECUTE say (1, 1, 2, 2, NULL, '2099-01-01 00:04');
EXECUTE say (1, 1, 3, 1, NULL, '2099-01-01 00:04');
EXECUTE say (1, 7, 1, 1, NULL, '2099-01-01 00:04');
EXECUTE say (1, 1, 1, 0, NULL, '2099-01-01 00:04');
EXECUTE say (1, 1, 1, NULL, NULL, '2099-01-01 00:04');
\connect - fota_dba
SELECT item, component, state, try, from_version, version FROM fota.action_item WHERE device_id = 1 ORDER BY item;
SELECT item, state, code, seconds, at FROM fota.report WHERE device_id = 1 ORDER BY item, state;

-- Contents beat words: what the device has is confirmed without a word, and closes the action when it
-- was the last. What it has not said is still to be done.
\connect - fe
PREPARE check_in (bigint, timestamptz) AS
SELECT status, write, reason, action, item, component, verb, version, size, format, bytes, base IS NOT NULL AS base
FROM fota_device.check_in(1, $1, NULL, 'https', $2);
PREPARE open (bigint, timestamptz) AS SELECT status, action FROM fota_device.open_action(1, $1, 'https', $2);
PREPARE has (bigint, text, timestamptz) AS
SELECT status FROM fota_device.inventory(1, $1, $2::jsonb, '{"formats": [[0], [1]]}', NULL, NULL, NULL, 'native', $3);
PREPARE say (bigint, int, int, int, int, timestamptz) AS
SELECT status FROM fota_device.report(1, $1, NULL, $2, $3, $4, $5, NULL, NULL, NULL, $6);
EXECUTE has (1, '{"app": {"version": "1.1.0"}}', '2099-01-01 00:05');
EXECUTE check_in (1, '2099-01-01 00:05');
EXECUTE has (1, '{"app": {"version": "1.1.0"}, "sounds": {"version": "7"}}', '2099-01-01 00:06');
EXECUTE check_in (1, '2099-01-01 00:06');
EXECUTE open (1, '2099-01-01 00:06');
SELECT status FROM fota_device."grant"(1, 1, 1, 1, NULL, '2099-01-01 00:07');
EXECUTE say (1, 1, 1, 5, 1, '2099-01-01 00:08');
\connect - fota_dba
CREATE VIEW public.life AS
SELECT d.name, a.action, a.state, a.reason, i.item, i.component, i.state AS item_state, i.try, i.format, i.code, i.reason AS item_reason
FROM fota.action a JOIN fota.device d USING (tenant_id, device_id) LEFT JOIN fota.action_item i USING (tenant_id, device_id, action)
ORDER BY a.device_id, a.action, i.item;
SELECT * FROM public.life WHERE name = 'L1';

-- From here on everything is said by the owner, who may call the same functions.
CREATE FUNCTION pg_temp.open(bigint, timestamptz) RETURNS int LANGUAGE sql AS $$
	SELECT action FROM fota_device.open_action(1, $1, 'https', $2) $$;
CREATE FUNCTION pg_temp.has(bigint, text, timestamptz) RETURNS text LANGUAGE sql AS $$
	SELECT status FROM fota_device.inventory(1, $1, $2::jsonb, '{"formats": [[0], [1]]}', NULL, NULL, NULL, 'native', $3) $$;
CREATE FUNCTION pg_temp.say(device bigint, action int, item int, state int, code int, at timestamptz, seconds int DEFAULT NULL)
RETURNS text LANGUAGE sql AS $$
	SELECT status FROM fota_device.report(1, $1, NULL, $2, $3, $4, $5, NULL, $7, NULL, $6) $$;
CREATE FUNCTION pg_temp.shown(bigint, timestamptz) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', action, item, component, version), ', ') FROM fota_device.check_in(1, $1, NULL, 'https', $2) $$;

-- "Installed" that nothing contradicts (this device never says what it has) is confirmed at the second
-- check-in after it, or after an hour.
SELECT pg_temp.open(2, '2099-01-01 00:00'), pg_temp.say(2, 1, NULL, 4, NULL, '2099-01-01 00:01');
SELECT item, state, polls FROM fota.action_item WHERE device_id = 2 ORDER BY 1;
SELECT pg_temp.open(2, '2099-01-01 00:02');
SELECT item, state, polls FROM fota.action_item WHERE device_id = 2 ORDER BY 1;
SELECT pg_temp.open(2, '2099-01-01 00:03');
SELECT * FROM public.life WHERE name = 'L2';
SELECT component, present, version FROM fota.device_contents WHERE device_id = 2 ORDER BY 1;

-- The old contents after "installing" are a failure: reverted.
SELECT pg_temp.has(3, '{"app": {"version": "1.0.0"}, "sounds": {"version": "7"}}', '2099-01-01 00:00'),
	pg_temp.open(3, '2099-01-01 00:00'), pg_temp.say(3, 1, 1, 3, NULL, '2099-01-01 00:01'),
	pg_temp.has(3, '{"app": {"version": "1.0.0"}, "sounds": {"version": "7"}}', '2099-01-01 00:02');
SELECT * FROM public.life WHERE name = 'L3';

-- After a failure there is a pause of 15 minutes, then of 30; after max_attempts it is blocked, until
-- clear_failures.
SELECT verdict, reason, not_before, valid_until, detail FROM fota.resolve('L3', '2099-01-01 00:10') WHERE component = 'app';
SELECT pg_temp.open(3, '2099-01-01 00:10');
SELECT pg_temp.open(3, '2099-01-01 00:20'), pg_temp.say(3, 2, 1, 5, 1, '2099-01-01 00:20');
SELECT verdict, reason, not_before FROM fota.resolve('L3', '2099-01-01 00:21') WHERE component = 'app';
SELECT pg_temp.open(3, '2099-01-01 01:00'), pg_temp.say(3, 3, 1, 5, 1, '2099-01-01 01:00');
SELECT verdict, reason, detail FROM fota.resolve('L3', '2099-02-01') WHERE component = 'app';
SELECT fota.clear_failures('L3');
SELECT verdict, reason FROM fota.resolve('L3', '2099-02-01') WHERE component = 'app';
SELECT fota.clear_failures('nobody');

-- A refusal is no failure: the action is declined, and the next one may be opened.
SELECT pg_temp.open(4, '2099-01-01 00:00'), pg_temp.say(4, 1, NULL, 8, NULL, '2099-01-01 00:01');
SELECT verdict, reason FROM fota.resolve('L4', '2099-01-01 00:02');
SELECT * FROM public.life WHERE name = 'L4';

-- A delta that is ready is what travels to a device that can apply it, from the digest that it reported;
-- "wrong base" or "cannot apply" brings the full image in the same action, and is no failure.
INSERT INTO fota.blob (sha256, size, blob_id) VALUES (sha256('a delta'), 7, nextval('fota.blob_id'));
INSERT INTO fota.blob_chunk (blob_id, chunk_no, data) SELECT blob_id, 0, 'a delta' FROM fota.blob WHERE sha256 = sha256('a delta');
INSERT INTO fota.delta (source, target, format, state, sha256, size)
SELECT s.payload_sha256, t.payload_sha256, '{1}', 'ready', sha256('a delta'), 7
FROM fota.image s, fota.image t WHERE s.version = '1.0.0' AND t.version = '1.1.0';
SELECT encode(payload_sha256, 'hex') AS v1 FROM fota.image WHERE version = '1.0.0'
\gset
SELECT pg_temp.has(5, format('{"app": {"version": "1.0.0", "digest": "%s"}, "sounds": {"version": "7"}}', :'v1'), '2099-01-01 00:00'),
	pg_temp.open(5, '2099-01-01 00:00');
SELECT format, bytes, base = decode(:'v1', 'hex') AS base, size FROM fota_device.check_in(1, 5, NULL, 'https', '2099-01-01 00:00');
SELECT file_name, size FROM fota_device."grant"(1, 5, 1, 1, NULL, '2099-01-01 00:01');
SELECT pg_temp.say(5, 1, 1, 1, NULL, '2099-01-01 00:01'), pg_temp.say(5, 1, 1, 5, 2, '2099-01-01 00:02');
SELECT format, bytes, base, size FROM fota_device.check_in(1, 5, NULL, 'https', '2099-01-01 00:03');
SELECT pg_temp.open(5, '2099-01-01 00:03');
SELECT * FROM public.life WHERE name = 'L5';
-- Against a version alone no delta is offered.
SELECT pg_temp.has(6, '{"app": {"version": "1.0.0"}, "sounds": {"version": "7"}}', '2099-01-01 00:00'), pg_temp.open(6, '2099-01-01 00:00');
SELECT format, base FROM fota_device.check_in(1, 6, NULL, 'https', '2099-01-01 00:00');

-- Asked for by the device that would use it, made once however many ask: one delta, one job. With
-- wait_for_delta the device waits for it, at most for the setting delta_wait.
UPDATE fota.rule SET release = '1.2', wait_for_delta = true WHERE name = 'r';
SELECT pg_temp.has(d, format('{"app": {"version": "1.0.0", "digest": "%s"}}', :'v1'), '2099-01-01 00:00'), pg_temp.open(d, '2099-01-01 00:00')
FROM generate_series(7, 8) d;
SELECT state, format FROM fota.delta WHERE target = (SELECT payload_sha256 FROM fota.image WHERE version = '1.2.0');
SELECT count(*) FROM fota.job WHERE kind = 'delta' AND state = 'queued';
SELECT verdict, reason, not_before FROM fota.resolve('L7', '2099-01-01 00:01') WHERE component = 'app';
SELECT status, write, reason, action FROM fota_device.check_in(1, 7, NULL, 'https', '2099-01-01 00:01');
SELECT verdict, reason FROM fota.resolve('L7', '2099-01-01 01:01') WHERE component = 'app';
UPDATE fota.rule SET wait_for_delta = false WHERE name = 'r';
SELECT verdict, reason FROM fota.resolve('L7', '2099-01-01 00:01') WHERE component = 'app';
UPDATE fota.rule SET release = '1.1' WHERE name = 'r';

-- The rule is stopped. What was only offered is cancelled at once; what has begun is superseded: it
-- vanishes from the decision, and the device drops it; what is being installed may finish.
SELECT pg_temp.has(d, '{"app": {"version": "1.0.0"}, "sounds": {"version": "7"}}', '2099-01-02 00:00'), pg_temp.open(d, '2099-01-02 00:00')
FROM generate_series(9, 11) d;
SELECT pg_temp.say(10, 1, 1, 1, NULL, '2099-01-02 00:01'), pg_temp.say(11, 1, 1, 3, NULL, '2099-01-02 00:01');
SELECT fota.stop_rollout('r');
SELECT name, action, state, item_state, reason FROM public.life WHERE name IN ('L9', 'L10', 'L11');
SELECT pg_temp.shown(10, '2099-01-02 00:02') AS shown, status AS grant FROM fota_device."grant"(1, 10, 1, 1, NULL, '2099-01-02 00:02');
SELECT pg_temp.say(10, 1, 1, 9, NULL, '2099-01-02 00:03');
SELECT pg_temp.has(11, '{"app": {"version": "1.1.0"}, "sounds": {"version": "7"}}', '2099-01-02 00:04');
SELECT name, action, state, item_state FROM public.life WHERE name IN ('L10', 'L11');

-- Another version is wanted while the first is under way: no second action before the first is closed.
INSERT INTO fota.rule (name, release, model) VALUES ('s', '1.1', 'lamp');
SELECT fota.start_rollout('s');
SELECT pg_temp.open(12, '2099-01-03 00:00'), pg_temp.say(12, 1, NULL, 1, NULL, '2099-01-03 00:01');
UPDATE fota.rule SET release = '1.2' WHERE name = 's';
SELECT write, action FROM fota_device.check_in(1, 12, NULL, 'https', '2099-01-03 00:02') LIMIT 1;
SELECT pg_temp.open(12, '2099-01-03 00:02');
SELECT pg_temp.shown(12, '2099-01-03 00:02');
SELECT pg_temp.open(12, '2099-01-03 00:03');
SELECT name, action, state, component, item_state FROM public.life WHERE name = 'L12';

-- Paused: what is open may finish, nothing is begun.
SELECT fota.pause_rollout('s');
SELECT pg_temp.shown(12, '2099-01-03 00:04');
SELECT verdict, reason FROM fota.resolve('L9', '2099-01-03 00:04') WHERE component = 'app';
SELECT fota.stop_rollout('s');

-- An operator cancels.
INSERT INTO fota.rule (name, release, model, mode, max_postpone) VALUES ('t', '1.1', 'lamp', 'soft', '2 h');
SELECT fota.start_rollout('t');
SELECT pg_temp.open(9, '2099-01-04 00:00');
SELECT fota.cancel_action('L9');
SELECT name, action, state, reason, item_state FROM public.life WHERE name = 'L9';
SELECT fota.cancel_action('L9');
SELECT fota.cancel_action('nobody');

-- The user postpones, within what the rule allows; nothing else is postponed with it.
SELECT pg_temp.open(9, '2099-01-04 01:00'), pg_temp.say(9, 3, 1, 7, NULL, '2099-01-04 01:00', 3600);
SELECT state, item_state FROM public.life WHERE name = 'L9' AND action = 3;
SELECT postponed_until FROM fota.device WHERE serial = 'L9';
SELECT verdict, reason, not_before FROM fota.resolve('L9', '2099-01-04 01:15') WHERE component = 'app';
SELECT pg_temp.shown(9, '2099-01-04 01:15');
SELECT pg_temp.say(9, 3, 1, 7, NULL, '2099-01-04 01:30', 86400);
SELECT postponed_until FROM fota.device WHERE serial = 'L9';

-- Silent for the setting action_timeout: expired.
SELECT state FROM fota.action WHERE device_id = 9 AND action = 3;
SELECT fota.tick('2099-01-20');
SELECT state, closed_at FROM fota.action WHERE device_id = 9 AND action = 3;
SELECT count(*) FROM fota.action WHERE state IN ('open', 'superseded') AND seen_at < '2099-01-13';

-- Numbers rise, are never a multiple of 10 and never used again.
UPDATE fota.device SET postponed_until = NULL;
DO $$
BEGIN
	FOR n IN 1 .. 20 LOOP
		PERFORM FROM fota_device.open_action(1, 10, 'https', '2099-02-01');
		PERFORM FROM fota_device.report(1, 10, NULL, (SELECT max(action) FROM fota.action WHERE device_id = 10), NULL, 8, NULL, NULL, NULL, NULL, '2099-02-01');
	END LOOP;
END
$$;
SELECT string_agg(action::text, ' ' ORDER BY action) FROM fota.action WHERE device_id = 10;
DELETE FROM fota.action WHERE device_id = 10;
SELECT pg_temp.open(10, '2099-02-01');

-- Devices of one exclusion group never update at the same time.
UPDATE fota.device SET exclusion_group = 'room 1' WHERE serial IN ('L1', 'L2', 'L3');
SELECT pg_temp.has(d, '{"app": {"version": "1.0.0"}}', '2099-03-01') FROM generate_series(1, 2) d;
SELECT pg_temp.open(1, '2099-03-01') IS NOT NULL AS first, pg_temp.open(2, '2099-03-01') IS NOT NULL AS second;
SELECT pg_temp.say(1, max(action), NULL, 8, NULL, '2099-03-01') FROM fota.action WHERE device_id = 1;
SELECT pg_temp.open(2, '2099-03-01') IS NOT NULL AS second;

-- A gateway speaks for its children, and for nobody else's.
UPDATE fota.device SET parent_id = 4 WHERE serial = 'L5';
SELECT status, device_id FROM fota_device.child(1, 4, 'L5');
SELECT status, device_id FROM fota_device.child(1, 4, 'L6');
SELECT status, device_id FROM fota_device.child(1, 4, NULL);
SELECT pg_temp.open(5, '2099-03-01') AS action
\gset
SELECT status FROM fota_device."grant"(1, 4, :action, 1, 'L5', '2099-03-01');
SELECT status FROM fota_device."grant"(1, 4, :action, 1, 'L6', '2099-03-01');
SELECT status FROM fota_device.report(1, 4, 'L5', :action, NULL, 1, NULL, 'half way', NULL, 12, '2099-03-01');
SELECT status FROM fota_device.report(1, 4, 'L6', :action, NULL, 1, NULL, NULL, NULL, NULL, '2099-03-01');

-- What a device can cause never raises.
SELECT status FROM fota_device.inventory(1, 6, '[]', NULL, NULL, NULL, NULL, 'native', '2099-03-01');
SELECT status FROM fota_device.inventory(1, 6, '{"app": {"digest": "xyz"}}', NULL, NULL, NULL, NULL, 'native', '2099-03-01');
SELECT status FROM fota_device.inventory(1, 6, '{"app": "1.0"}', NULL, NULL, NULL, NULL, 'native', '2099-03-01');
SELECT status FROM fota_device.inventory(1, 6, NULL, '{"formats": [[-1]]}', NULL, NULL, NULL, 'native', '2099-03-01');
SELECT status FROM fota_device.inventory(1, 6, NULL, NULL, '{"a": {"b": 1}}', NULL, NULL, 'native', '2099-03-01');
SELECT status FROM fota_device.inventory(1, 99, NULL, NULL, NULL, NULL, NULL, 'native', '2099-03-01');
SELECT status FROM fota_device.report(1, 99, NULL, 1, 1, 1, NULL, NULL, NULL, NULL, '2099-03-01');
SELECT status FROM fota_device.report(1, 6, NULL, NULL, NULL, 4, NULL, NULL, NULL, NULL, '2099-03-01');
SELECT status, action FROM fota_device.open_action(1, 99, 'https', '2099-03-01');
-- A NULL attribute deletes; what was stored is a row of history.
SELECT status FROM fota_device.inventory(1, 6, NULL, NULL, '{"colour": "red", "n": 1}', '[80, true]', 'rev-a', 'native', '2099-03-01');
SELECT status FROM fota_device.inventory(1, 6, NULL, NULL, '{"colour": null, "ok": true}', NULL, NULL, 'native', '2099-03-01');
SELECT attributes FROM fota.device WHERE serial = 'L6';
SELECT hw, power, mode, accept FROM fota.device_report_state WHERE device_id = 6;
