-- What DDI clients can take is said of their class: how many files at a time, of which names, and whether they
-- can remove a component. A model names the class of its clients.

SELECT client_class, max_chunks, max_artifacts, name_like, chunk_name, can_remove FROM fota.client_class ORDER BY 1;
SELECT fota.add_model('lamp', '{app,radio,sounds}');
SELECT fota.add_image('lamp', 'app', v, convert_to('app ' || v, 'UTF8'), '{"format": "raw"}') FROM unnest('{1.0,2.0}'::text[]) v;
SELECT fota.add_image('lamp', 'app', '3.0', 'app 3.0', '{"format": "raw", "file_name": "lamp app.swu"}');
SELECT fota.add_image('lamp', 'sounds', '7', 'ding', '{"format": "raw", "file_name": "ding.wav"}'), fota.add_image('lamp', 'radio', '5', 'rrr', '{"format": "raw"}');
SELECT fota.add_release(v, 'lamp', jsonb_build_object('app', v)) FROM unnest('{2.0,3.0}'::text[]) v;
SELECT fota.add_release('all', 'lamp', '{"app": "3.0", "radio": "5", "sounds": "7"}'), fota.add_release('without', 'lamp', '{"app": "3.0", "sounds": null}');
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'L1');
SELECT device_id AS d FROM fota.device WHERE serial = 'L1'
\gset
INSERT INTO fota.rule (name, release, model) VALUES ('r', '2.0', 'lamp');
SELECT fota.start_rollout('r');
PREPARE verdict AS SELECT component, verdict, reason, version, build IS NOT NULL AS build, detail FROM fota.resolve('L1', '2099-01-01');
PREPARE open (timestamptz) AS SELECT status, action FROM fota_device.open_action(1, :d, 'ddi', $1);
PREPARE items AS SELECT action, item, component, verb, version, state FROM fota.action_item ORDER BY 1, 2;
CREATE FUNCTION pg_temp.has(jsonb, timestamptz) RETURNS text LANGUAGE sql AS $$
	SELECT status FROM fota.device d, fota_device.inventory(1, d.device_id, $1, NULL, NULL, NULL, NULL, 'native', $2) WHERE d.name = 'L1' $$;
SELECT pg_temp.has('{"app": {"version": "1.0"}}', '2099-01-01');

-- Names of files: SWUpdate takes *.swu only. An image without a name has that of its component and version.
EXECUTE verdict;
UPDATE fota.model SET client_class = 'swupdate' WHERE model = 'lamp';
EXECUTE verdict;
SELECT rule, won, verdict, reason, why FROM fota.explain('L1', '2099-01-01');
EXECUTE open('2099-01-01');
UPDATE fota.rule SET release = '3.0' WHERE name = 'r';
EXECUTE verdict;
-- On the way over a floor it is the file of the next step that counts.
UPDATE fota.image SET floor = true WHERE component = 'app' AND version = '2.0';
EXECUTE verdict;
UPDATE fota.image SET floor = false WHERE component = 'app' AND version = '2.0';

-- A component that must be absent: no class of the server can, one of the tenant may.
UPDATE fota.rule SET release = 'without' WHERE name = 'r';
SELECT pg_temp.has('{"app": {"version": "3.0"}, "sounds": {"version": "7"}}', '2099-01-01');
EXECUTE verdict;
SELECT clock_timestamp() AS before \gset
-- A tenant's own row of that name counts before the server's.
INSERT INTO fota.client_class (client_class, name_like, can_remove) VALUES ('swupdate', '%.wav', true);
EXECUTE verdict;
UPDATE fota.rule SET release = 'all' WHERE name = 'r';
EXECUTE verdict;
DELETE FROM fota.client_class WHERE tenant_id = 1;
EXECUTE verdict;
-- It was otherwise then; and what a change does is seen before it is committed.
SELECT component, verdict, reason, detail FROM fota.resolve('L1', :'before');
BEGIN;
INSERT INTO fota.client_class (client_class) VALUES ('swupdate');
SELECT component, was_verdict, was_reason, verdict, reason FROM fota.resolve_difference(1, NULL, '2099-01-01');
ROLLBACK;
UPDATE fota.client_class SET name_like = NULL WHERE tenant_id = 0 AND client_class = 'swupdate';
EXECUTE verdict;

-- How many at a time: the others stay as they are, and come in the next actions, in order of installing.
UPDATE fota.model SET client_class = 'zephyr' WHERE model = 'lamp';
UPDATE fota.component SET install_order = 1 WHERE model = 'lamp' AND component = 'radio';
SELECT pg_temp.has('{"app": {"version": "2.0"}}', '2099-01-01');
EXECUTE verdict;
EXECUTE open('2099-01-01');
EXECUTE items;
EXECUTE verdict;
-- Zephyr insists on the name of the part.
UPDATE fota.blob SET sha1 = decode(repeat('aa', 20), 'hex'), md5 = decode(repeat('bb', 16), 'hex');
SELECT c ->> 'part' AS part, c ->> 'name' AS name, c -> 'artifacts' -> 0 ->> 'filename' AS file
FROM fota_device.ddi_deployment(1, :d, 1, 'https://h/x', 0, '2099-01-01') x, jsonb_array_elements(x.body::jsonb -> 'deployment' -> 'chunks') c;
SELECT pg_temp.has('{"app": {"version": "2.0"}, "radio": {"version": "5"}}', '2099-01-01 01:00');
EXECUTE open('2099-01-01 01:00');
EXECUTE items;
SELECT pg_temp.has('{"app": {"version": "3.0"}, "radio": {"version": "5"}}', '2099-01-01 02:00');
EXECUTE open('2099-01-01 02:00');
SELECT pg_temp.has('{"app": {"version": "3.0"}, "radio": {"version": "5"}, "sounds": {"version": "7"}}', '2099-01-01 03:00');
EXECUTE open('2099-01-01 03:00');
EXECUTE items;

-- Components that need each other travel together: whole or not at all. Here app and radio do, and sounds does not wait.
UPDATE fota.component SET joint = true WHERE model = 'lamp';
UPDATE fota.image SET requires = '{"components": {"radio": "5"}}' WHERE component = 'app' AND version = '3.0';
UPDATE fota.image SET requires = '{"components": {"app": "3.0"}}' WHERE component = 'radio';
SELECT pg_temp.has('{"app": {"version": "2.0"}}', '2099-01-02');
EXECUTE verdict;
EXECUTE open('2099-01-02');
SELECT component FROM fota.action_item WHERE action = (SELECT max(action) FROM fota.action) ORDER BY item;
SELECT pg_temp.has('{"app": {"version": "2.0"}, "sounds": {"version": "7"}}', '2099-01-02 01:00');
-- More than the class takes at a time never travel; one that takes two gets them.
EXECUTE open('2099-01-02 01:00');
INSERT INTO fota.client_class (client_class, max_chunks) VALUES ('zephyr', 2);
EXECUTE open('2099-01-02 01:00');
SELECT component FROM fota.action_item WHERE action = (SELECT max(action) FROM fota.action) ORDER BY item;
SELECT c ->> 'part' AS part FROM fota_device.ddi_deployment(1, :d, (SELECT max(action) FROM fota.action), 'https://h/x', 0, '2099-01-02') x,
	jsonb_array_elements(x.body::jsonb -> 'deployment' -> 'chunks') c;

-- A class that a model names must exist, for its tenant or for all, and stays while one does.
UPDATE fota.model SET client_class = 'zephir' WHERE model = 'lamp';
DELETE FROM fota.client_class WHERE client_class = 'zephyr' AND tenant_id = 1;
DELETE FROM fota.client_class WHERE client_class = 'zephyr';
UPDATE fota.client_class SET client_class = 'tiny' WHERE client_class = 'zephyr';
INSERT INTO fota.client_class (client_class, max_chunks) VALUES ('mine', 0);
INSERT INTO fota.client_class (client_class, name_like) VALUES ('mine', '');
INSERT INTO fota.client_class (client_class) VALUES ('My class');
-- In a transaction that says so, the order does not matter.
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
UPDATE fota.model SET client_class = 'mine' WHERE model = 'lamp';
INSERT INTO fota.client_class (client_class) VALUES ('mine');
COMMIT;
-- The class of another tenant is none.
INSERT INTO fota.tenant (name) VALUES ('other');
INSERT INTO fota.model (tenant_id, model, client_class) SELECT tenant_id, 'lamp', 'mine' FROM fota.tenant WHERE name = 'other';
