-- What an operator of one tenant does: plain DML on his rows, COPY through views, functions.

INSERT INTO fota.tenant (name) VALUES ('acme');
\connect - op
SELECT fota.add_model('lamp', '{app}');
SELECT fota.add_image('lamp', 'app', '1.0', 'one', '{"format": "raw"}');
SELECT fota.add_release('r', 'lamp', '{"app": "1.0"}');

-- COPY into a table under row security is refused by PostgreSQL; the views take it.
COPY fota.device (model, serial) FROM stdin;
lamp	L0
\.
COPY fota.load_device (model, serial, year, batch, tags, attributes) FROM stdin;
lamp	L1	2024	B1	{kitchen,new}	{"colour": "red"}
lamp	L2	2025	B2	\N	\N
lamp	L3	\N	\N	{}	{}
\.
SELECT tenant_id, serial, name, year, batch, tags, attributes FROM fota.device ORDER BY serial;
COPY fota.load_rule (name, release, model, years, batch, priority) FROM stdin;
first	r	lamp	[2024,2024]	\N	0
second	r	\N	\N	B2	3
\.
SELECT tenant_id, name, release, model, years, batch, priority, state FROM fota.rule ORDER BY name;

-- One bad line, and nothing of that COPY is there.
COPY fota.load_device (model, serial, year) FROM stdin;
lamp	L4	2024
ghost	L5	2024
\.
COPY fota.load_device (tenant_id, model, serial) FROM stdin;
2	lamp	L6
\.
COPY fota.load_rule (name, release, state) FROM stdin;
third	r	active
\.
SELECT count(*) AS devices FROM fota.device;
SELECT count(*) AS rules FROM fota.rule;
INSERT INTO fota.load_device (model, serial, name) VALUES ('lamp', 'L 7', 'L7');
SELECT serial, name FROM fota.device WHERE name = 'L7';
-- Behind a gateway that comes later in the same load, or that there is not; a rule narrowed to devices, by their names.
BEGIN;
INSERT INTO fota.load_device (model, serial, parent) VALUES ('lamp', 'C1', 'G1'), ('lamp', 'G1', NULL);
SELECT d.serial, p.serial AS parent FROM fota.device d JOIN fota.device p ON p.device_id = d.parent_id;
INSERT INTO fota.load_rule (name, release, model, devices) VALUES ('narrow', 'r', '*', '{C1,G1,C1}');
SELECT r.name, r.model, d.serial FROM fota.rule r JOIN fota.rule_device x USING (rule_id) JOIN fota.device d USING (device_id) ORDER BY 3;
SELECT count(*) FROM fota.loading_device, fota.loading_rule;
ROLLBACK;
INSERT INTO fota.load_device (model, serial, parent) VALUES ('lamp', 'C1', 'G2');
-- What somebody left in the tables between is nothing that others load.
INSERT INTO fota.loading_device (tenant_id, loaded) SELECT 1, jsonb_populate_record(NULL::fota.load_device, '{"tenant_id": 1, "serial": "G3", "parent": "G4"}');
INSERT INTO fota.loading_rule (tenant_id, loaded) SELECT 1, jsonb_populate_record(NULL::fota.load_rule, '{"tenant_id": 1, "name": "left", "release": "ghost"}');
INSERT INTO fota.load_device (model, serial) VALUES ('lamp', 'L8');
INSERT INTO fota.load_rule (name, release) VALUES ('left or not', 'r');
SELECT count(*) FROM fota.device WHERE serial IN ('L8', 'G3');
DELETE FROM fota.loading_device;
DELETE FROM fota.loading_rule;
DELETE FROM fota.rule WHERE name = 'left or not';
DELETE FROM fota.device WHERE serial = 'L8';

-- From rule to report.
SELECT fota.start_rollout('first');
SELECT rule, component, verdict, version FROM fota.resolve('L1');
SELECT rule, component, verdict, version FROM fota.resolve('L3');
UPDATE fota.device SET batch = 'B9' WHERE serial = 'L3';
SELECT fota.pause_rollout('first'), fota.resume_rollout('first'), fota.stop_rollout('first');

-- What only functions write can be read, and not written.
SELECT count(*) > 0 AS some FROM fota.audit;
DELETE FROM fota.report;
INSERT INTO fota.audit SELECT * FROM fota.audit;
UPDATE fota.epoch SET epoch = 0;
DELETE FROM fota.device_history;
-- Calls that are not an operator's.
SELECT fota_device.version();
SELECT fota_worker.claim('op', '1 h');
SET ROLE fota_definer;
-- What runs as the owner runs for our tables only.
CREATE TEMP TABLE device (tenant_id int, device_id bigint);
CREATE TRIGGER forge AFTER INSERT ON device REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION fota.note_device();

-- An auditor reads.
\connect - fota_dba
CREATE ROLE eyes LOGIN IN ROLE fota_auditor;
INSERT INTO fota.member VALUES ('eyes', 1);
\connect - eyes
SELECT count(*) FROM fota.device;
SELECT component, verdict FROM fota.resolve('L1');
DELETE FROM fota.device;
SELECT fota.start_rollout('second');
SELECT count(*) > 0 AS fleet FROM fota_report.fleet;

-- What holds for every tenant is the owner's: operators read it, and can neither change nor drop it.
\connect - op
DELETE FROM fota.setting WHERE tenant_id = 0;
UPDATE fota.setting SET tenant_id = 1 WHERE tenant_id = 0;
SELECT count(*) AS settings FROM fota.setting WHERE tenant_id = 0;

-- The bytes of an image stay what they are; those of an upload under way are free.
DELETE FROM fota.blob_chunk;
UPDATE fota.blob_chunk SET data = 'two';
SELECT upload_id AS upload FROM fota.upload_begin(sha256('four'), 4)
\gset
SELECT fota.upload_chunk(:upload, 0, 'FOUR');
DELETE FROM fota.blob_chunk WHERE blob_id = :upload;
UPDATE fota.image SET payload_sha256 = sha256('one'), version = '1.1' WHERE version = '1.0';
DELETE FROM fota.image WHERE version = '1.0';
SELECT i.version, c.data FROM fota.image i JOIN fota.blob b USING (tenant_id, sha256) JOIN fota.blob_chunk c USING (tenant_id, blob_id);

-- A rule in force is stopped before it is deleted; a device keeps its number.
SELECT fota.start_rollout('second');
DELETE FROM fota.rule;
SELECT fota.stop_rollout('second');
DELETE FROM fota.rule;
UPDATE fota.device SET device_id = device_id + 1000;

-- Names that there are not; half a certificate.
INSERT INTO fota.rule (name, release) VALUES ('third', 'ghost');
INSERT INTO fota.rule (name, release, model) VALUES ('third', 'r', 'ghost');
INSERT INTO fota.device (model, serial) VALUES ('ghost', 'G1');
INSERT INTO fota.device (model, serial, time_zone) VALUES ('lamp', 'G1', 'Mars/Olympus');
UPDATE fota.model SET time_zone = 'Mars/Olympus' WHERE model = 'lamp';
UPDATE fota.model SET time_zone = 'Europe/Vienna' WHERE model = 'lamp';
SELECT fota.add_ca('cut', E'-----BEGIN CERTIFICATE-----\n' || encode('\x30820400' || decode(repeat('ab', 400), 'hex'), 'base64') || E'\n-----END CERTIFICATE-----');

\connect - fota_dba
TRUNCATE fota.blob_chunk;

-- Once a second person has to approve, none who may start a rule can switch that off alone; the owner can.
\connect - op
INSERT INTO fota.setting (name, value) VALUES ('approval', 'off');
UPDATE fota.setting SET value = 'on' WHERE name = 'approval';
UPDATE fota.setting SET value = 'off' WHERE name = 'approval';
UPDATE fota.setting SET name = 'delta_wait', value = '1 h' WHERE name = 'approval';
DELETE FROM fota.setting WHERE name = 'approval';
INSERT INTO fota.setting (name, value) VALUES ('approval', 'off') ON CONFLICT (tenant_id, name) DO UPDATE SET value = excluded.value;
INSERT INTO fota.rule (name, release) VALUES ('fourth', 'r');
SELECT fota.approve_rollout('fourth'), fota.start_rollout('fourth');
\connect - fota_dba
UPDATE fota.setting SET value = 'off' WHERE name = 'approval' AND tenant_id = 1;
