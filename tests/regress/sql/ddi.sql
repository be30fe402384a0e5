-- The DDI resources of a device, as SQL gives them to fota-https: status, ETag, body.

SELECT fota.add_model('lamp', '{app,sounds}');
SELECT fota.add_image('lamp', 'app', v, convert_to('app ' || v, 'UTF8'), '{"format": "raw", "file_name": "lamp app.swu"}') FROM unnest('{1.0,2.0,3.0}'::text[]) v;
UPDATE fota.blob SET sha1 = decode(repeat('aa', 20), 'hex');
SELECT fota.add_release(v, 'lamp', jsonb_build_object('app', v)) FROM unnest('{2.0,3.0}'::text[]) v;
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'L1'), ('lamp', 'L2'), ('lamp', 'L3');
UPDATE fota.model SET poll_every = '5 min', poll_active = '30 s';
\set base https://h:8443/DEFAULT/controller/v1/L1
CREATE FUNCTION pg_temp.poll(bigint, timestamptz) RETURNS jsonb LANGUAGE sql AS $$
	SELECT body::jsonb || jsonb_build_object('write', write) FROM fota_device.ddi_poll(1, $1, 'https://h:8443/DEFAULT/controller/v1/L1', $2) $$;
CREATE FUNCTION pg_temp.open(bigint, timestamptz) RETURNS int LANGUAGE sql AS $$
	SELECT action FROM fota_device.open_action(1, $1, 'ddi', $2) $$;
CREATE FUNCTION pg_temp.say(bigint, int, text, text, timestamptz, details jsonb DEFAULT '[]') RETURNS text LANGUAGE sql AS $$
	SELECT status FROM fota_device.ddi_feedback(1, $1, $2, jsonb_build_object('id', $2::text, 'status',
		jsonb_build_object('execution', $3, 'result', jsonb_build_object('finished', $4), 'details', $6)), $5) $$;

-- At first: come again, and say what you have.
SELECT pg_temp.poll(1, '2099-01-01');
SELECT status FROM fota_device.ddi_config(1, 1, '{"mode": "merge", "data": {"fota.app.version": "1.0", "colour": "red"}}', '2099-01-01 00:00');
SELECT component, present, version FROM fota.device_contents WHERE device_id = 1;
SELECT attributes FROM fota.device WHERE serial = 'L1';
SELECT pg_temp.poll(1, '2099-01-01 00:01');

-- The body of configData: merge adds, replace takes away, remove takes away what it names.
SELECT status FROM fota_device.ddi_config(1, 1, '{"mode": "replace", "data": {"fota.app.version": "1.0", "size": "xl"}}', '2099-01-01 00:00');
SELECT attributes FROM fota.device WHERE serial = 'L1';
SELECT status FROM fota_device.ddi_config(1, 1, '{"mode": "remove", "data": {"size": ""}}', '2099-01-01 00:00');
SELECT attributes FROM fota.device WHERE serial = 'L1';
SELECT status FROM fota_device.ddi_config(1, 1, '{"data": {"hw": "rev-a"}}', '2099-01-01 00:00');
SELECT attributes FROM fota.device WHERE serial = 'L1';
SELECT status FROM fota_device.ddi_config(1, 1, '{"mode": "swap", "data": {}}', '2099-01-01 00:00');
SELECT status FROM fota_device.ddi_config(1, 1, '{"data": []}', '2099-01-01 00:00');
SELECT status FROM fota_device.ddi_config(1, 1, '[]', '2099-01-01 00:00');
SELECT status FROM fota_device.ddi_config(1, 1, NULL, '2099-01-01 00:00');
SELECT status FROM fota_device.ddi_config(1, 1, '{"data": {}}', '2099-01-01 00:00');
SELECT status FROM fota_device.ddi_config(1, 99, '{"data": {"size": "xl"}}', '2099-01-01 00:00');

-- A rule: the poll asks to write, then shows a deployment.
INSERT INTO fota.rule (name, release) VALUES ('r', '2.0');
SELECT fota.start_rollout('r');
SELECT pg_temp.poll(1, '2099-01-01 00:10') -> 'write' AS write;
SELECT pg_temp.open(1, '2099-01-01 00:10');
SELECT pg_temp.poll(1, '2099-01-01 00:10');
SELECT status, length(etag), jsonb_pretty(body::jsonb) FROM fota_device.ddi_deployment(1, 1, 1, :'base', 0, '2099-01-01 00:10');
SELECT status, body FROM fota_device.ddi_deployment(1, 1, 2, :'base', 0, '2099-01-01 00:10');
SELECT status, body FROM fota_device.ddi_deployment(1, 2, 1, :'base', 0, '2099-01-01 00:10');
SELECT status, body FROM fota_device.ddi_deployment(77, 1, 1, :'base', 0, '2099-01-01 00:10');
SELECT status, body FROM fota_device.ddi_installed(1, 1, 1, :'base', 0, '2099-01-01 00:10');
-- An artifact whose SHA-1 the worker has not yet computed is withheld: clients check it.
UPDATE fota.blob SET sha1 = NULL;
SELECT pg_temp.poll(1, '2099-01-01 00:10') -> '_links' AS links;
UPDATE fota.blob SET sha1 = decode(repeat('aa', 20), 'hex');

-- Feedback moves the item; its details are kept as messages.
SELECT pg_temp.say(1, 1, 'proceeding', 'none', '2099-01-01 00:11', '["begin"]');
SELECT pg_temp.say(1, 1, 'download', 'none', '2099-01-01 00:12');
SELECT state FROM fota.action_item WHERE device_id = 1;
SELECT pg_temp.say(1, 1, 'downloaded', 'none', '2099-01-01 00:13', '["got it", 7]');
SELECT state FROM fota.action_item WHERE device_id = 1;
SELECT body::jsonb -> 'actionHistory' AS history FROM fota_device.ddi_deployment(1, 1, 1, :'base', 10, '2099-01-01 00:13');
SELECT pg_temp.say(1, 1, 'closed', 'success', '2099-01-01 00:14', '["done"]');
SELECT state FROM fota.action_item WHERE device_id = 1;
SELECT component, version FROM fota.device_contents WHERE device_id = 1;
-- Nothing is shown any more but the wish for configData; which confirms it.
SELECT pg_temp.poll(1, '2099-01-01 00:15') -> '_links' AS links;
SELECT status FROM fota_device.ddi_config(1, 1, '{"mode": "merge", "data": {"fota.app.version": "2.0"}}', '2099-01-01 00:16');
SELECT a.state, i.state FROM fota.action a JOIN fota.action_item i USING (tenant_id, device_id, action) WHERE device_id = 1;
SELECT pg_temp.poll(1, '2099-01-01 00:17') -> '_links' AS links;
SELECT status, body::jsonb -> 'deployment' -> 'chunks' -> 0 ->> 'version' AS version FROM fota_device.ddi_installed(1, 1, 1, :'base', 0, '2099-01-01 00:17');
-- Feedback on a closed action is taken and changes nothing; on an unknown one it is not found.
SELECT pg_temp.say(1, 1, 'closed', 'failure', '2099-01-01 00:18');
SELECT state FROM fota.action WHERE device_id = 1;
SELECT pg_temp.say(1, 7, 'closed', 'success', '2099-01-01 00:18');

-- A success that configData contradicts before it was confirmed has been reverted.
SELECT status FROM fota_device.ddi_config(1, 2, '{"data": {"fota.app.version": "1.0"}}', '2099-01-01 00:00');
SELECT pg_temp.open(2, '2099-01-01 00:10'), pg_temp.say(2, 1, 'closed', 'success', '2099-01-01 00:14');
SELECT status FROM fota_device.ddi_config(1, 2, '{"data": {"fota.app.version": "1.0"}}', '2099-01-01 00:16');
SELECT a.state, i.state, i.code, i.reason FROM fota.action a JOIN fota.action_item i USING (tenant_id, device_id, action) WHERE device_id = 2;

-- Bodies that are none.
SELECT pg_temp.say(1, 1, 'finished', 'none', '2099-01-01 00:18');
SELECT pg_temp.say(1, 1, 'closed', 'maybe', '2099-01-01 00:18');
SELECT status FROM fota_device.ddi_feedback(1, 1, 1, '{"status": "closed"}', '2099-01-01');
SELECT status FROM fota_device.ddi_feedback(1, 1, 1, '[]', '2099-01-01');
SELECT status FROM fota_device.ddi_feedback(1, 1, 1, NULL, '2099-01-01');
SELECT pg_temp.say(1, 1, 'proceeding', 'none', '2099-01-01 00:18', (SELECT jsonb_agg(n::text) FROM generate_series(1, 51) n));

-- The rule is stopped in mid-download: a cancel is offered. The device refuses, or agrees.
SELECT fota.stop_rollout('r');
INSERT INTO fota.rule (name, release) VALUES ('s', '3.0');
SELECT fota.start_rollout('s');
SELECT c.status FROM generate_series(1, 3, 2) d, fota_device.ddi_config(1, d, '{"data": {"fota.app.version": "2.0"}}', '2099-01-02 00:00') c;
SELECT pg_temp.open(d, '2099-01-02 00:00') IS NOT NULL AS opened FROM generate_series(1, 3, 2) d;
SELECT pg_temp.say(d, max(action), 'download', 'none', '2099-01-02 00:01') FROM fota.action a, generate_series(1, 3, 2) d WHERE a.device_id = d GROUP BY d ORDER BY d;
SELECT fota.stop_rollout('s');
SELECT pg_temp.poll(1, '2099-01-02 00:02') -> '_links' AS links;
SELECT status, body FROM fota_device.ddi_deployment(1, 1, 2, :'base', 0, '2099-01-02 00:02');
SELECT status, body FROM fota_device.ddi_cancel(1, 1, 2, :'base', '2099-01-02 00:02');
SELECT status, body FROM fota_device.ddi_cancel(1, 1, 1, :'base', '2099-01-02 00:02');
SELECT status FROM fota_device.ddi_cancel_feedback(1, 1, 2, '{"id": "2", "status": {"execution": "proceeding", "result": {"finished": "none"}}}', '2099-01-02 00:03');
SELECT status FROM fota_device.ddi_cancel_feedback(1, 1, 2, '{"id": "2", "status": {"execution": "rejected", "result": {"finished": "none"}}}', '2099-01-02 00:03');
SELECT pg_temp.poll(1, '2099-01-02 00:04') -> '_links' AS links;
SELECT pg_temp.say(1, 2, 'closed', 'success', '2099-01-02 00:05');
SELECT status FROM fota_device.ddi_cancel_feedback(1, 3, 1, '{"id": "1", "status": {"execution": "closed", "result": {"finished": "success"}}}', '2099-01-02 00:03');
SELECT d.name, a.action, a.state, i.state FROM fota.action a JOIN fota.device d USING (tenant_id, device_id) JOIN fota.action_item i USING (tenant_id, device_id, action)
WHERE a.opened_at = '2099-01-02' ORDER BY 1;
SELECT status FROM fota_device.ddi_cancel_feedback(1, 3, 1, '{"status": {}}', '2099-01-02 00:03');
SELECT status FROM fota_device.ddi_cancel_feedback(1, 3, 7, '{"id": "7", "status": {"execution": "closed", "result": {"finished": "success"}}}', '2099-01-02 00:03');

-- A model that names its own attribute for the version; and formats that a client takes.
UPDATE fota.component SET ddi_attribute = 'sw_version' WHERE component = 'app' AND model = 'lamp';
SELECT status FROM fota_device.ddi_config(1, 3, '{"data": {"sw_version": "2.5"}}', '2099-01-03 00:00');
SELECT component, version FROM fota.device_contents WHERE device_id = 3;
SELECT status FROM fota_device.ddi_config(1, 3, '{"data": {"fota.accept": "bsdiff40"}}', '2099-01-03 00:00');
SELECT accept FROM fota.device_report_state WHERE device_id = 3;
