-- "What would this device have been offered then?" Every question takes an instant: what it knew of, and
-- what the rules were, at that instant; and in the future, what they are now and what time will make of them.

SELECT fota.add_model('lamp', '{app,sounds}');
SELECT fota.add_image('lamp', 'app', v, convert_to('app ' || v, 'UTF8'), '{"format": "raw"}') FROM unnest('{1.0,1.1,1.2}'::text[]) v;
SELECT fota.add_image('lamp', 'sounds', '7', 'ding', '{"format": "raw"}');
SELECT fota.add_release(v, 'lamp', jsonb_build_object('app', v)) FROM unnest('{1.0,1.1,1.2}'::text[]) v;
SELECT fota.add_release('sounds', 'lamp', '{"sounds": "7"}');
INSERT INTO fota.device (model, serial, year, batch) VALUES ('lamp', 'L1', 2024, 'B1'), ('lamp', 'L2', 2025, 'B2'), ('lamp', 'L3', 2025, 'B2');
CREATE FUNCTION pg_temp.has(text, text) RETURNS text LANGUAGE sql AS $$
	SELECT status FROM fota.device d, fota_device.inventory(1, d.device_id, jsonb_build_object('app', jsonb_build_object('version', $2)),
		'{"formats": [[0], [1]]}', NULL, NULL, NULL, 'native', now()) WHERE d.name = $1 $$;
SELECT pg_temp.has('L1', '1.0'), pg_temp.has('L2', '1.0');
PREPARE offered (timestamptz) AS
	SELECT device, r.component, r.verdict, r.reason, r.rule, r.reported_version AS has, r.version
	FROM unnest('{L1,L2,L3}'::text[]) device, fota.resolve(device, $1) r ORDER BY 1, 2;

-- A year in the life of a fleet. The name of each instant is that of the season before it.
SELECT clock_timestamp() AS winter \gset
INSERT INTO fota.rule (name, release, model) VALUES ('all', '1.1', 'lamp');
SELECT fota.start_rollout('all');
SELECT clock_timestamp() AS spring \gset
SELECT pg_temp.has('L1', '1.1');
UPDATE fota.device SET batch = 'B1' WHERE name = 'L3';
SELECT clock_timestamp() AS summer \gset
INSERT INTO fota.rule (name, release, model, batch) VALUES ('batch 1', '1.2', 'lamp', 'B1');
SELECT fota.start_rollout('batch 1');
SELECT clock_timestamp() AS autumn \gset
UPDATE fota.image SET state = 'withdrawn' WHERE version = '1.1';
SELECT fota.stop_rollout('batch 1');
SELECT pg_temp.has('L1', '1.2');
DELETE FROM fota.device WHERE name = 'L2';
INSERT INTO fota.device (model, serial, year) VALUES ('lamp', 'L2', 2026);

-- Then, then, then, and now: before the rule; with it; when L1 had taken 1.1 and L3 was of another batch; with
-- the rule of batch 1; and today. (The L2 of today is another device: before it was made there was none.)
EXECUTE offered(:'winter');
EXECUTE offered(:'spring');
EXECUTE offered(:'summer');
EXECUTE offered(:'autumn');
EXECUTE offered('2099-01-01');
-- The device that was deleted is asked for by its number.
SELECT device_id, component, verdict, rule, version, reported_version FROM fota.resolve_many(1, NULL, :'summer');
SELECT device_id, component, verdict, rule, version, reported_version FROM fota.resolve_many(1, '{3,2}', :'spring');
-- The epoch is that of then.
SELECT count(DISTINCT r.epoch) AS epochs, bool_and(r.epoch = fota.epoch_at(1, t.at)) AS of_then
FROM unnest(ARRAY[:'winter', :'spring', :'summer', :'autumn']::timestamptz[]) t (at), fota.resolve('L1', t.at) r;

-- Why, then? And whom was a rule about?
SELECT place, rule, in_force, won, tests, why, verdict, has, version, encoding FROM fota.explain('L3', :'spring');
SELECT place, rule, in_force, won, tests, why, verdict, has, version, encoding FROM fota.explain('L3', :'autumn');
SELECT place, rule, in_force, won, tests, why, verdict, has, version, encoding FROM fota.explain('L3');
SELECT device, wave, component, verdict, has, version FROM fota.devices_of('all', :'spring');
SELECT device, wave, component, verdict, has, version FROM fota.devices_of('all');
SELECT device, component, verdict, version FROM fota.devices_of('batch 1', :'autumn');
SELECT device, component, verdict, version FROM fota.devices_of('batch 1', :'summer');

-- Actions, by their own times: not opened yet, open (which keeps its rule in force), failed, waiting for the next
-- try, forgiven.
UPDATE fota.image SET state = 'published' WHERE version = '1.1';
SELECT clock_timestamp() AS ready \gset
SELECT status FROM fota_device.open_action(1, 3, 'native', now());
UPDATE fota.rule SET versions = '{"sounds": "*"}' WHERE name = 'all';
SELECT clock_timestamp() AS opened \gset
SELECT status FROM fota_device.report(1, 3, NULL, (SELECT action FROM fota.action WHERE device_id = 3), NULL, 5, NULL, NULL, NULL, NULL, now());
SELECT clock_timestamp() AS failed \gset
UPDATE fota.rule SET versions = NULL WHERE name = 'all';
SELECT clock_timestamp() AS waiting \gset
SELECT fota.clear_failures('L3');
PREPARE third (timestamptz) AS SELECT component, verdict, reason, rule, version, not_before > $1 AS later FROM fota.resolve('L3', $1);
EXECUTE third(:'ready');
EXECUTE third(:'opened');
EXECUTE third(:'failed');
EXECUTE third(:'waiting');
EXECUTE third('2099-01-01');

-- Models and windows are those of then, and "now" is the instant that was asked for.
INSERT INTO fota.rule (name, release, model, serial_from, serial_to) VALUES ('sounds', 'sounds', 'lamp', 'L3', 'L3');
INSERT INTO fota.rule_window (rule_id, days, opens, closes) SELECT rule_id, '{1,2,3,4,5,6,7}', '02:00', '02:00' FROM fota.rule WHERE name = 'sounds';
SELECT fota.start_rollout('sounds');
SELECT clock_timestamp() AS always \gset
UPDATE fota.model SET time_zone = 'Europe/Berlin', unknown_contents = 'wait' WHERE model = 'lamp';
UPDATE fota.rule_window SET days = '{6}', closes = '04:00';
SELECT clock_timestamp() AS saturdays \gset
UPDATE fota.rule SET active_during = tstzrange('2001-01-01', '2099-06-06 03:00+00') WHERE name = 'sounds';
SELECT verdict, reason, not_before, not_after FROM fota.resolve('L3', :'always') WHERE component = 'sounds';
SELECT verdict, reason, rule FROM fota.resolve('L3', :'saturdays') WHERE component = 'sounds';

-- The future: who gets what when the window opens, and when the rule has ended? (6 June 2099 is a Saturday.)
UPDATE fota.model SET unknown_contents = 'install' WHERE model = 'lamp';
SELECT verdict, reason, not_before, not_after, valid_until FROM fota.resolve('L3', '2099-06-05 12:00+00') WHERE component = 'sounds';
SELECT verdict, reason, not_before, not_after, valid_until FROM fota.resolve('L3', '2099-06-06 00:30+00') WHERE component = 'sounds';
SELECT verdict, reason, not_before, not_after, valid_until FROM fota.resolve('L3', '2099-06-06 03:00+00') WHERE component = 'sounds';

-- Neither the styles of the session that changed a rule nor those of the one that asks matter.
SET DateStyle = 'German';
SET IntervalStyle = 'sql_standard';
SET bytea_output = 'escape';
UPDATE fota.rule SET active_during = '["2001-02-01 00:00+00","2099-03-02 00:00+00"]', max_postpone = '1 day 02:00' WHERE name = 'sounds';
UPDATE fota.device SET postponed_until = '2099-05-04 00:00+00' WHERE name = 'L3';
SELECT pg_temp.has('L3', '1.0');
SET IntervalStyle = 'postgres';
RESET bytea_output;
SELECT clock_timestamp() AS styles \gset
UPDATE fota.rule SET active_during = NULL WHERE name = 'sounds';
UPDATE fota.device SET postponed_until = NULL WHERE name = 'L3';
SELECT component, verdict, not_before, valid_until FROM fota.resolve('L3', :'styles');
SET DateStyle = 'ISO';
SELECT component, verdict, not_before, valid_until FROM fota.resolve('L3', :'styles');

-- In a transaction that changes the catalogue the past stays what it was; what the change does, preview says.
BEGIN;
SELECT fota.stop_rollout('all');
UPDATE fota.image SET state = 'withdrawn' WHERE version = '1.2';
UPDATE fota.device SET batch = 'B7' WHERE name = 'L1';
EXECUTE offered(:'autumn');
ROLLBACK;
-- The setting by which the answer is found is put back, also after an error.
SELECT coalesce(current_setting('fota.as_of', true), '') = '' AS put_back;
SELECT count(*) FROM fota_past.rule();

-- Before the first change there is nothing to tell; the error names the earliest instant.
CREATE FUNCTION pg_temp.refused(text) RETURNS TABLE (refusal text) LANGUAGE plpgsql AS $$
DECLARE
	v_detail text;
	v_hint text;
BEGIN
	EXECUTE $1;
	RETURN QUERY SELECT 'it was answered';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL, v_hint = PG_EXCEPTION_HINT;
	RETURN QUERY SELECT regexp_replace(x, '[0-9]{4}-[-0-9:. ]+[+]00', '<instant>') FROM unnest(ARRAY[SQLSTATE || ' ' || SQLERRM, v_detail, v_hint]) x;
	IF SQLSTATE = '22023' THEN
		PERFORM fota.resolve_many(1, NULL, substring(v_detail FROM '[0-9]{4}-[-0-9:. ]+[+]00')::timestamptz);
		RETURN QUERY SELECT 'that instant is answered';
	END IF;
END $$;
SELECT * FROM pg_temp.refused($$SELECT fota.resolve('L3', '2001-01-01')$$);
SELECT * FROM pg_temp.refused($$SELECT fota.explain('L3', '-infinity')$$);
SELECT * FROM pg_temp.refused($$SELECT fota.devices_of('all', '2001-01-01')$$);
SELECT * FROM pg_temp.refused($$SELECT fota.resolve_many(1, NULL, '2001-01-01')$$);
SELECT fota.resolve_many(1, '{3}', NULL);
SELECT fota.resolve_before(1, '{3}', NULL);
SELECT fota.resolve_difference(1, '{3}', NULL);
-- A tenant that has just been made.
BEGIN;
INSERT INTO fota.tenant (name) VALUES ('new') RETURNING tenant_id AS new \gset
SELECT count(*) AS devices FROM fota.resolve_many(:new, NULL, now());
SELECT fota.resolve_many(:new, NULL, '2001-01-01');
ROLLBACK;

-- History is dropped up to an instant, months of it as whole partitions; what was in force then is kept, so that
-- from there on every answer is as it was.
CREATE TABLE fota.device_history_2020_01 PARTITION OF fota.device_history FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
INSERT INTO fota.device_history (at, device_id, relation, document)
SELECT '2020-01-10', 3, 'device', jsonb_set(document, '{batch}', '"B0"') FROM fota.device_history WHERE relation = 'device' AND device_id = 3 ORDER BY at LIMIT 1;
CREATE TEMPORARY TABLE kept AS SELECT t.at, r.* FROM unnest(ARRAY[:'summer', :'autumn', :'ready', :'opened', :'failed', :'waiting', :'always']::timestamptz[]) t (at),
	fota.resolve_many(1, NULL, t.at) r;
SELECT count(*) AS rows FROM kept;
SELECT fota.drop_history('2098-01-01');
SELECT fota.drop_history(NULL);
SELECT fota.drop_history(:'summer') > 0 AS dropped;
SELECT to_regclass('fota.device_history_2020_01') IS NULL AS gone, count(*) FILTER (WHERE at < :'summer') AS before,
	count(*) FILTER (WHERE at = :'summer') AS at_the_edge FROM fota.device_history;
SELECT count(*) AS same FROM (SELECT t.at, r.* FROM (SELECT DISTINCT at FROM kept) t, fota.resolve_many(1, NULL, t.at) r) x
JOIN kept k ON to_jsonb(k) = to_jsonb(x);
SELECT * FROM pg_temp.refused($$SELECT fota.resolve('L3', '$$ || :'spring' || $$')$$);
-- Again: nothing more goes; an earlier instant brings nothing back.
SELECT fota.drop_history(:'summer'), fota.drop_history(:'winter');
SELECT at = :'summer' AS edge FROM fota.history_edge;

-- An operator asks about the past of his tenant; he drops nothing of it, and he knows no other's.
INSERT INTO fota.tenant (name) VALUES ('acme');
\connect - op
SELECT count(*) > 0 AS told FROM fota.resolve('L3', :'autumn');
SELECT * FROM fota.resolve_many(2, NULL, :'autumn');
SELECT fota.drop_history(:'autumn');
SET fota.as_of = '2 1';
SELECT count(*) FROM fota_past.model();
