-- Windows: when devices may install, by the clocks of the place where they are.

SELECT fota.add_model('lamp', '{app}');
SELECT fota.add_image('lamp', 'app', v, convert_to(v, 'UTF8'), '{"format": "raw"}') FROM unnest('{1.0,2.0}'::text[]) v;
SELECT fota.add_release('2', 'lamp', '{"app": "2.0"}');
INSERT INTO fota.device (model, serial, time_zone) VALUES ('lamp', 'L1', 'Europe/Berlin');
INSERT INTO fota.device_contents (device_id, component, present, version) VALUES (1, 'app', true, '1.0');
INSERT INTO fota.rule (name, release) VALUES ('r', '2');
SELECT fota.start_rollout('r');
CREATE FUNCTION pg_temp.windows(VARIADIC text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM fota.rule_window;
	INSERT INTO fota.rule_window (rule_id, days, opens, closes)
	SELECT 1, split_part(w, ' ', 1)::int[], split_part(w, ' ', 2)::time, split_part(w, ' ', 3)::time FROM unnest($1) w;
END
$$;
-- at(instant): the verdict, and in Berlin's time when it may begin and must end.
CREATE FUNCTION pg_temp.at(at timestamptz, OUT here timestamp, OUT verdict text, OUT not_before timestamp, OUT not_after timestamp,
	OUT valid_until timestamp) LANGUAGE sql AS $$
	SELECT $1 AT TIME ZONE 'Europe/Berlin', concat_ws(' ', r.verdict, r.reason), r.not_before AT TIME ZONE 'Europe/Berlin',
		r.not_after AT TIME ZONE 'Europe/Berlin', r.valid_until AT TIME ZONE 'Europe/Berlin'
	FROM fota.resolve('L1', $1) r
$$;

-- Without windows: at once. A window limits installing: the device is told now, and when.
SELECT * FROM pg_temp.at('2053-06-02 10:00+02');
SELECT pg_temp.windows('{1,2,3,4,5,6,7} 02:00 04:00');
SELECT a.* FROM unnest('{2053-06-02 01:59:59+02,2053-06-02 02:00+02,2053-06-02 03:59+02,2053-06-02 04:00+02}'::timestamptz[]) t, pg_temp.at(t) a;
-- Past midnight: it belongs to the day on which it opens. 6 June 2053 is a Friday.
SELECT pg_temp.windows('{5} 22:00 03:00');
SELECT a.* FROM unnest('{2053-06-06 02:00+02,2053-06-06 22:00+02,2053-06-07 02:59+02,2053-06-07 03:00+02}'::timestamptz[]) t, pg_temp.at(t) a;
-- Rows are a union, and what touches is one window.
SELECT pg_temp.windows('{6,7} 00:00 00:00', '{5} 20:00 24:00', '{1} 00:00 05:00', '{3} 12:00 13:00');
SELECT a.* FROM unnest('{2053-06-06 12:00+02,2053-06-07 12:00+02,2053-06-09 05:00+02}'::timestamptz[]) t, pg_temp.at(t) a;
-- Always open is no window at all.
SELECT pg_temp.windows('{1,2,3,4,5,6,7} 06:00 06:00');
SELECT * FROM pg_temp.at('2053-06-02 10:00+02');

-- The clocks decide. In spring they skip 02:00 to 03:00: the window 02:00-04:00 lasts an hour, one within the hour is left out.
SELECT pg_temp.windows('{7} 02:00 04:00');
SELECT * FROM pg_temp.at('2053-03-30 00:00+01');
SELECT pg_temp.windows('{7} 02:30 03:30');
SELECT * FROM pg_temp.at('2053-03-30 00:00+01');
SELECT pg_temp.windows('{1,2,3,4,5,6,7} 02:15 02:45');
SELECT * FROM pg_temp.at('2053-03-30 00:00+01');
-- In autumn they show 02:00 to 03:00 twice: the same window lasts three hours, from the first 02:00.
SELECT pg_temp.windows('{7} 02:00 04:00');
SELECT r.not_before, r.not_after, r.not_after - r.not_before AS lasts FROM fota.resolve('L1', '2053-10-26 00:00+02') r;
SELECT pg_temp.windows('{6} 22:00 02:30');
SELECT r.not_before, r.not_after, r.not_after - r.not_before AS lasts FROM fota.resolve('L1', '2053-10-25 12:00+02') r;

-- The zone: that of the device, else of its model, else setting time_zone, else UTC.
SELECT pg_temp.windows('{1,2,3,4,5,6,7} 02:00 04:00');
SELECT not_before FROM fota.resolve('L1', '2053-06-02 10:00+00');
UPDATE fota.device SET time_zone = NULL;
SELECT not_before FROM fota.resolve('L1', '2053-06-02 10:00+00');
INSERT INTO fota.setting (name, value) VALUES ('time_zone', 'Asia/Kolkata');
SELECT not_before FROM fota.resolve('L1', '2053-06-02 10:00+00');
UPDATE fota.model SET time_zone = 'America/New_York' WHERE model = 'lamp';
SELECT not_before FROM fota.resolve('L1', '2053-06-02 10:00+00');

-- Native clients get the window in seconds from now; DDI clients, which install at once, get no link before it opens.
SELECT action FROM fota_device.open_action(1, 1, 'https', '2053-06-02 05:00+00');
SELECT version, window_from, window_to FROM fota_device.check_in(1, 1, NULL, 'https', '2053-06-02 05:59:30+00');
SELECT version, window_from, window_to FROM fota_device.check_in(1, 1, NULL, 'https', '2053-06-02 07:00+00');
UPDATE fota.blob SET sha1 = decode(repeat('5a', 20), 'hex') WHERE sha1 IS NULL;
SELECT body::jsonb -> '_links' ? 'deploymentBase' AS link FROM unnest('{2053-06-02 05:59:30+00,2053-06-02 06:00+00,2053-06-02 07:59:59+00,2053-06-02 08:00+00}'::timestamptz[]) t,
	fota_device.ddi_poll(1, 1, 'https://x/1', t);
SELECT fota.cancel_action('L1');

-- download_in_window: nothing is opened outside.
UPDATE fota.rule SET download_in_window = true WHERE name = 'r';
SELECT verdict, reason, not_before, not_after, detail, valid_until FROM fota.resolve('L1', '2053-06-02 10:00+00');
SELECT action FROM fota_device.open_action(1, 1, 'https', '2053-06-02 10:00+00');
SELECT verdict, reason, not_before, not_after, detail, valid_until FROM fota.resolve('L1', '2053-06-03 07:00+00');
SELECT action FROM fota_device.open_action(1, 1, 'https', '2053-06-03 07:00+00');

-- A window that never opens and a zone that there is not are refused.
INSERT INTO fota.rule_window (rule_id, days, opens, closes) VALUES (1, '{}', '01:00', '02:00');
INSERT INTO fota.rule_window (rule_id, days, opens, closes) VALUES (1, '{0,7}', '01:00', '02:00');
INSERT INTO fota.rule_window (rule_id, days, opens, closes) VALUES (1, '{1,NULL}', '01:00', '02:00');
INSERT INTO fota.rule_window (rule_id, opens, closes) VALUES (1, '24:00', '02:00');
UPDATE fota.device SET time_zone = 'Europe/Berln';
UPDATE fota.model SET time_zone = 'CET/CEST' WHERE model = 'lamp';
INSERT INTO fota.setting (name, value) VALUES ('time_zone', 'Mars') ON CONFLICT (tenant_id, name) DO UPDATE SET value = excluded.value;

-- Nor is a rule started none of whose windows opens before it ends. 2 June 2053 is a Monday.
INSERT INTO fota.rule (name, release, priority, active_during) VALUES
	('monday', '2', 1, '[2053-06-02 00:00+00,2053-06-03 00:00+00)'), ('week', '2', 2, '[2053-06-02 00:00+00,2053-06-09 00:00+00)');
INSERT INTO fota.rule_window (rule_id, days, opens, closes) SELECT rule_id, '{6}', '01:00', '02:00' FROM fota.rule WHERE name IN ('monday', 'week');
SELECT fota.start_rollout('week', '2053-06-01 12:00+00');
SELECT fota.start_rollout('monday', '2053-06-01 12:00+00');
