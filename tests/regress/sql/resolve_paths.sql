-- Update paths: from where a version may be installed, and the floors that may not be passed by.

SELECT fota.add_model('lamp', '{app}');
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'L1');
-- image(version, from, floor)
CREATE FUNCTION pg_temp.image(version text, from_range text DEFAULT NULL, floor boolean DEFAULT false) RETURNS void LANGUAGE sql AS $$
	SELECT fota.add_image('lamp', 'app', $1, convert_to($1, 'UTF8'), jsonb_strip_nulls(jsonb_build_object('format', 'raw',
		'requires', CASE WHEN $2 IS NOT NULL THEN jsonb_build_object('from', $2) END, 'floor', $3)))
$$;
-- Versions 1.0 to 4.0; 3.0 comes only over 2.x, 4.0 only over 2.5 and later.
SELECT pg_temp.image('1.0'), pg_temp.image('2.0'), pg_temp.image('2.5', '>=1.5'), pg_temp.image('3.0', '2.x'), pg_temp.image('4.0', '>=2.5');
SELECT fota.add_release('4', 'lamp', '{"app": "4.0"}');
INSERT INTO fota.rule (name, release) VALUES ('r', '4');
SELECT fota.start_rollout('r');
-- has(version): what follows when the device has it; NULL = it says that it has none.
CREATE FUNCTION pg_temp.has(version text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO fota.device_contents (device_id, component, present, version) VALUES (1, 'app', $1 IS NOT NULL, $1)
	ON CONFLICT (tenant_id, device_id, component) DO UPDATE SET present = excluded.present, version = excluded.version, digest = NULL;
	RETURN (SELECT concat_ws(' ', r.verdict, r.reason, r.version, '(' || r.detail || ')') FROM fota.resolve('L1') r);
END
$$;

-- Unknown: `from` is met only where there is none, or "*".
SELECT concat_ws(' ', r.verdict, r.reason, r.version, '(' || r.detail || ')') AS unknown FROM fota.resolve('L1') r;
-- The target at once where its `from` allows; else the fewest steps, and of several ways the newest first.
SELECT v, pg_temp.has(v) FROM unnest('{1.0,1.5,2.0,2.5,3.0,3.5,4.0}'::text[]) v;
SELECT pg_temp.has(NULL) AS absent;
SELECT version, target_version FROM fota.resolve('L1');

-- A hop is an action like any other: install it, report it, and the next one follows.
SELECT pg_temp.has('1.0');
SELECT action FROM fota_device.open_action(1, 1, 'https', '2099-01-01');
SELECT action, verb, version FROM fota_device.check_in(1, 1, NULL, 'https', '2099-01-01');
SELECT status FROM fota_device.inventory(1, 1, '{"app": {"version": "2.5"}}', NULL, NULL, NULL, NULL, 'native', '2099-01-02');
SELECT action FROM fota_device.open_action(1, 1, 'https', '2099-01-02');
SELECT action, verb, version FROM fota_device.check_in(1, 1, NULL, 'https', '2099-01-02');
SELECT fota.cancel_action('L1');

-- No way: what the target needs is told. 2.5 is withdrawn, and from 1.0 no other version leads on.
UPDATE fota.image SET state = 'withdrawn' WHERE version IN ('2.5', '3.0');
SELECT v, pg_temp.has(v) FROM unnest('{1.0,2.0,3.0}'::text[]) v;
UPDATE fota.image SET state = 'published' WHERE version IN ('2.5', '3.0');

-- from_absent: an absent or unknown component may be filled with it at once.
UPDATE fota.image SET requires = '{"from": ">=2.5", "from_absent": true}' WHERE version = '4.0';
SELECT pg_temp.has(NULL) AS absent, pg_temp.has('1.0') AS old;

-- A floor is visited by whoever is below it and goes above it, even where the target's `from` would allow more.
UPDATE fota.image SET requires = NULL WHERE version = '4.0';
SELECT v, pg_temp.has(v) FROM unnest('{1.0,2.0}'::text[]) v;
UPDATE fota.image SET floor = true WHERE version IN ('2.0', '3.0');
SELECT v, pg_temp.has(v) FROM unnest('{0.9,1.0,1.9,2.0,2.5,3.0,3.5}'::text[]) v;
-- Absent: no floors. A floor above the target is none of its business.
SELECT pg_temp.has(NULL) AS absent;
SELECT fota.add_release('2.5', 'lamp', '{"app": "2.5"}');
UPDATE fota.rule SET release = '2.5' WHERE name = 'r';
SELECT pg_temp.has('1.0');
UPDATE fota.rule SET release = '4' WHERE name = 'r';
-- A floor that has no build for the device stops it: passing it by would be worse.
UPDATE fota.image SET hw = '{rev-b}' WHERE version = '3.0';
SELECT pg_temp.has('2.0');
UPDATE fota.image SET hw = NULL WHERE version = '3.0';

-- A downgrade is one step, whose `from` must hold.
SELECT fota.add_release('1', 'lamp', '{"app": "1.0"}');
UPDATE fota.rule SET release = '1', allow_downgrade = true WHERE name = 'r';
SELECT pg_temp.has('4.0');
UPDATE fota.image SET requires = '{"from": "<=3.0"}' WHERE version = '1.0';
SELECT pg_temp.has('4.0'), pg_temp.has('3.0');
UPDATE fota.image SET requires = NULL WHERE version = '1.0';
UPDATE fota.rule SET release = '4', allow_downgrade = false WHERE name = 'r';

-- At most so many tries, of the hop itself.
SELECT pg_temp.has('2.0');
DO $$
BEGIN
	FOR n IN 1 .. 3 LOOP
		PERFORM FROM fota_device.open_action(1, 1, 'https', '2099-02-01'::timestamptz + n * interval '1 day');
		PERFORM FROM fota_device.report(1, 1, NULL, (SELECT max(action) FROM fota.action), NULL, 5, 3, NULL, NULL, NULL,
			'2099-02-01'::timestamptz + n * interval '1 day');
	END LOOP;
END
$$;
SELECT pg_temp.has('2.0'), pg_temp.has('3.0');

-- A floor that nothing leads to, and what an image cannot require, are refused.
BEGIN;
SELECT pg_temp.image('3.9', '9.x', true);
COMMIT;
UPDATE fota.image SET requires = '{"from": "2.0"}' WHERE version = '3.0';
UPDATE fota.image SET state = 'withdrawn' WHERE version = '2.0';
UPDATE fota.image SET requires = '{"from": ">="}' WHERE version = '4.0';
UPDATE fota.image SET requires = '{"form": ">=1.0"}' WHERE version = '4.0';
UPDATE fota.image SET requires = '{"from_absent": "yes"}' WHERE version = '4.0';
UPDATE fota.image SET requires = '{"components": {"app": ">=1.0"}}' WHERE version = '4.0';
UPDATE fota.image SET requires = '{"components": {"radio": ">=1.0"}}' WHERE version = '4.0';

-- Opaque versions have no way: any difference installs at once. Neither floor nor `from` can be said of them.
UPDATE fota.component SET ordering = 'opaque' WHERE component = 'app' AND model = 'lamp';
SELECT pg_temp.has('1.0');
UPDATE fota.image SET floor = true WHERE version = '4.0';
UPDATE fota.image SET requires = '{"from": "1.0"}' WHERE version = '4.0';
