-- Requirements between components: what must come first, what would break, and what travels together.

SELECT fota.add_model('lift', '{app,boot,radio}');
INSERT INTO fota.device (model, serial) VALUES ('lift', 'L1');
SELECT fota.add_image('lift', c, v, convert_to(c || v, 'UTF8'), '{"format": "raw"}')
FROM unnest('{app,boot,radio}'::text[]) c, unnest('{1.0,2.0,3.0}'::text[]) v;
SELECT fota.add_release('2', 'lift', '{"app": "2.0", "boot": "2.0", "radio": "2.0"}'), fota.add_release('app', 'lift', '{"app": "2.0"}');
INSERT INTO fota.rule (name, release) VALUES ('r', '2');
SELECT fota.start_rollout('r');
INSERT INTO fota.device_contents (device_id, component, present, version)
SELECT 1, c, true, '1.0' FROM unnest('{app,boot,radio}'::text[]) c;
-- requires(component, version, {component: range}); what follows.
CREATE FUNCTION pg_temp.requires(component text, version text, needs jsonb) RETURNS void LANGUAGE sql AS $$
	UPDATE fota.image SET requires = CASE WHEN $3 IS NOT NULL THEN jsonb_build_object('components', $3) END
	WHERE component = $1 AND version = $2
$$;
PREPARE follows AS SELECT component, verdict, reason, version, detail FROM fota.resolve('L1');

-- Nothing required: all three in one action.
EXECUTE follows;

-- app 2.0 needs boot 2.0, which the rules bring: after.
SELECT pg_temp.requires('app', '2.0', '{"boot": ">=2.0"}');
EXECUTE follows;
-- The action takes the other two.
BEGIN;
SELECT action FROM fota_device.open_action(1, 1, 'https', '2099-01-01');
SELECT item, component, version FROM fota_device.check_in(1, 1, NULL, 'https', '2099-01-01');
ROLLBACK;
-- It is there: go on.
UPDATE fota.device_contents SET version = '2.0' WHERE component = 'boot';
EXECUTE follows;
UPDATE fota.device_contents SET version = '1.0' WHERE component = 'boot';

-- No rule brings it: blocked. Unknown and absent meet nothing.
UPDATE fota.rule SET release = 'app' WHERE name = 'r';
EXECUTE follows;
UPDATE fota.device_contents SET present = false, version = NULL WHERE component = 'boot';
EXECUTE follows;
DELETE FROM fota.device_contents WHERE component = 'boot';
EXECUTE follows;
INSERT INTO fota.device_contents (device_id, component, present, version) VALUES (1, 'boot', true, '1.0');
UPDATE fota.rule SET release = '2' WHERE name = 'r';

-- Nothing may break what is there: boot 1.0 needs app below 2.0. Without a new boot that is the end of it ..
SELECT pg_temp.requires('app', '2.0', NULL), pg_temp.requires('boot', '1.0', '{"app": "<2.0"}');
UPDATE fota.rule SET release = 'app' WHERE name = 'r';
EXECUTE follows;
-- .. with one, the same action replaces it.
UPDATE fota.rule SET release = '2' WHERE name = 'r';
EXECUTE follows;
-- Unless that one must wait: then app waits for it.
INSERT INTO fota.action (device_id, action, state, epoch, opened_at, seen_at, closed_at) VALUES (1, 1, 'failed', 1, '2099-01-01', '2099-01-01', '2099-01-01');
INSERT INTO fota.action_item (device_id, action, item, rule_id, component, verb, version, state, changed_at, closed_at)
VALUES (1, 1, 1, 1, 'boot', 'install', '2.0', 'failed', '2099-01-01', '2099-01-01');
SELECT component, verdict, reason, not_before, detail, valid_until FROM fota.resolve('L1', '2099-01-01 00:05');
DELETE FROM fota.action;
-- And if boot 2.0 would not put up with app 2.0 either, it would break after all.
SELECT pg_temp.requires('boot', '2.0', '{"app": "<2.0"}');
EXECUTE follows;

-- A ring: app 2.0 needs radio 2.0 and radio 2.0 needs app 2.0. Neither can come first ..
SELECT pg_temp.requires('boot', '1.0', NULL), pg_temp.requires('boot', '2.0', NULL),
	pg_temp.requires('app', '2.0', '{"radio": ">=2.0"}'), pg_temp.requires('radio', '2.0', '{"app": ">=2.0"}');
EXECUTE follows;
-- .. but if both are joint, one action brings both.
UPDATE fota.component SET joint = true WHERE component IN ('app', 'radio') AND model = 'lift';
EXECUTE follows;
-- Together or not at all: when one has to wait, so has the other.
INSERT INTO fota.action (device_id, action, state, epoch, opened_at, seen_at, closed_at) VALUES (1, 1, 'failed', 1, '2099-01-01', '2099-01-01', '2099-01-01');
INSERT INTO fota.action_item (device_id, action, item, rule_id, component, verb, version, state, changed_at, closed_at)
VALUES (1, 1, 1, 1, 'radio', 'install', '2.0', 'failed', '2099-01-01', '2099-01-01');
SELECT component, verdict, reason, not_before, detail FROM fota.resolve('L1', '2099-01-01 00:05');
DELETE FROM fota.action;

-- A requirement is tested on the next step alone: app goes by way of 1.5, which needs nothing.
SELECT fota.add_image('lift', 'app', '1.5', 'app1.5', '{"format": "raw"}');
UPDATE fota.component SET joint = false WHERE model = 'lift';
SELECT pg_temp.requires('radio', '2.0', NULL);
UPDATE fota.image SET requires = '{"from": ">=1.5", "components": {"radio": ">=3.0"}}' WHERE component = 'app' AND version = '2.0';
EXECUTE follows;
UPDATE fota.device_contents SET version = '1.5' WHERE component = 'app';
EXECUTE follows;
