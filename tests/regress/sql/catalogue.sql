-- What there is: models, components, releases, settings; plain INSERT, UPDATE and COPY, and
-- what is said when a value is not good.

-- add_model makes a model and its components; adding more later is the same call.
SELECT fota.add_model('lamp', '{app,sounds}');
SELECT model, component, kind, payload, fill, ordering, install_order FROM fota.component ORDER BY 1, 2;
SELECT model, poll_every, poll_active, unknown_contents FROM fota.model ORDER BY 1;

-- Every tenant has model '*', which stands for all models.
INSERT INTO fota.tenant (name) VALUES ('acme');
SELECT tenant_id, model, description FROM fota.model WHERE model = '*' ORDER BY 1;

-- Models and components are plain tables.
INSERT INTO fota.model (model, poll_every, time_zone) VALUES ('horn', '10 min', 'Europe/Berlin');
INSERT INTO fota.component (model, component, payload, base, length) VALUES ('horn', 'app', 'flat', 4096, 65536);
UPDATE fota.component SET install_order = 1 WHERE model = 'horn' AND component = 'app';
COPY fota.component (model, component, kind) FROM stdin;
horn	boot	firmware
horn	jingle	asset
\.
SELECT component, kind, install_order FROM fota.component WHERE model = 'horn' ORDER BY 1;

-- Values that are none.
SELECT fota.add_model('', '{app}');
SELECT fota.add_model('lamp', '{"a b"}');
INSERT INTO fota.model (model) VALUES (E'tab\there');
INSERT INTO fota.model (model, poll_every) VALUES ('x', '0.1 s');
INSERT INTO fota.model (model, unknown_contents) VALUES ('x', 'guess');
INSERT INTO fota.component (model, component) VALUES ('nowhere', 'app');
INSERT INTO fota.component (model, component, kind) VALUES ('lamp', 'radio', 'software');
INSERT INTO fota.component (model, component, fill) VALUES ('lamp', 'radio', 256);

-- Names are compared by bytes, and case matters in all but tenants.
INSERT INTO fota.model (model) VALUES ('LAMP');
SELECT model FROM fota.model WHERE tenant_id = 1 ORDER BY model;

-- Devices: the name is the serial unless given; what cannot travel as a name is refused.
INSERT INTO fota.device (model, serial, year, batch) VALUES ('lamp', 'SN9', 2024, 'B1'), ('lamp', 'SN10', 2025, 'B2');
INSERT INTO fota.device (model, serial, name) VALUES ('lamp', 'serial with blanks', 'L-11');
SELECT serial, name, serial_key FROM fota.device ORDER BY serial_key;
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'serial with blanks 2');
INSERT INTO fota.device (model, serial) VALUES ('lamp', repeat('9', 41));
INSERT INTO fota.device (model, serial) VALUES ('nowhere', 'SN1');
INSERT INTO fota.device (model, serial) VALUES ('*', 'SN1');
INSERT INTO fota.device (model, serial, name) VALUES ('lamp', 'SN11', 'SN9');
INSERT INTO fota.device (model, serial, name) VALUES ('lamp', 'SN9', 'another');
INSERT INTO fota.device (model, serial, year) VALUES ('lamp', 'SN12', 24);
INSERT INTO fota.device (model, serial, attributes) VALUES ('lamp', 'SN12', '[]');
UPDATE fota.device SET parent_id = device_id WHERE serial = 'SN9';
-- The sort key follows the serial; nobody sets it by hand.
UPDATE fota.device SET serial = 'SN0011', serial_key = 'me' WHERE serial = 'SN9';
SELECT serial, name, serial_key FROM fota.device WHERE name = 'SN9';
UPDATE fota.device SET serial_key = 'me' WHERE name = 'SN9';
SELECT serial, serial_key FROM fota.device WHERE name = 'SN9';

-- Settings: the rows of tenant 0 are the defaults; a tenant may have its own.
SELECT name, value FROM fota.setting WHERE tenant_id = 0 ORDER BY 1;
INSERT INTO fota.setting (name, value) VALUES ('delta_wait', '5 min');
SELECT fota.get_setting(1, 'delta_wait'), fota.get_setting(2, 'delta_wait'), fota.get_setting(1, 'nothing');
INSERT INTO fota.setting (name, value) VALUES ('detla_wait', '5 min');
UPDATE fota.setting SET value = 'soon' WHERE tenant_id = 0 AND name = 'delta_wait';
UPDATE fota.setting SET value = '-1 h' WHERE tenant_id = 0 AND name = 'action_timeout';
UPDATE fota.setting SET value = '4 MB' WHERE tenant_id = 0 AND name = 'inline_decode';
UPDATE fota.setting SET value = 'Mars/Olympus' WHERE tenant_id = 0 AND name = 'time_zone';

-- An operator may read the defaults; they are the owner's to change.
\connect - op
SELECT fota.get_setting(1, 'action_timeout');
INSERT INTO fota.setting (tenant_id, name, value) VALUES (0, 'delta_wait', '1 s');
UPDATE fota.setting SET value = '1 s' WHERE tenant_id = 0;
INSERT INTO fota.setting (name, value) VALUES ('action_timeout', '1 day');
\connect - fota_dba
SELECT tenant_id, name, value FROM fota.setting WHERE value IN ('1 s', '1 day');

-- TRUNCATE would pass history by; DELETE leaves a trace.
TRUNCATE fota.rule CASCADE;
TRUNCATE fota.setting;
TRUNCATE fota.device CASCADE;
TRUNCATE fota.credential;
SELECT string_agg(tgrelid::regclass::text, ' ' ORDER BY tgrelid::regclass::text) AS refused FROM pg_trigger WHERE tgname = 'refuse_truncate';

-- What is still referred to cannot be deleted.
DELETE FROM fota.model WHERE model = 'lamp';
DELETE FROM fota.component WHERE model = 'horn' AND component = 'jingle';
