-- Views that answer an operator's questions.

SELECT fota.add_model('lamp', '{app,sounds}');
SELECT fota.add_model('horn', '{app}');
INSERT INTO fota.device (model, serial) SELECT 'lamp', 'L' || n FROM generate_series(1, 10) n;
INSERT INTO fota.device (model, serial) VALUES ('horn', 'H1');
SELECT fota.add_image('lamp', 'app', '1.0', 'one', '{"format": "raw"}');

-- fleet: what runs where; what is not known is a row, too.
SELECT * FROM fota_report.fleet ORDER BY 1, 2, 3;
INSERT INTO fota.device_contents (device_id, component, present, version) SELECT n, 'app', true, '1.0' FROM generate_series(1, 4) n;
INSERT INTO fota.device_contents (device_id, component, present, version) SELECT n, 'app', true, '2.0' FROM generate_series(5, 6) n;
INSERT INTO fota.device_contents (device_id, component, present, version) VALUES (1, 'sounds', false, NULL);
INSERT INTO fota.device_contents (device_id, component, present, digest) VALUES (7, 'app', true, sha256('one')), (8, 'app', true, sha256('unheard of'));
SELECT * FROM fota_report.fleet ORDER BY 1, 2, 3, 4;

-- An operator sees his own fleet, under the policies of the tables.
INSERT INTO fota.tenant (name) VALUES ('acme');
INSERT INTO fota.model (tenant_id, model) VALUES (2, 'secret');
INSERT INTO fota.component (tenant_id, model, component) VALUES (2, 'secret', 'app');
INSERT INTO fota.device (tenant_id, model, serial) VALUES (2, 'secret', 'S1');
\connect - op
SELECT DISTINCT model FROM fota_report.fleet ORDER BY 1;
