-- What fota-worker may call: claim, renew, read_blob, put_chunk, finish, fail. A worker holds a lease;
-- one that lost it is told so and stores nothing.

SELECT fota.add_model('lamp', '{app}');
SELECT upload_id AS id FROM fota.upload_begin(sha256('file one'), 8)
\gset
SELECT fota.upload_chunk(:id, 0, 'file one');
SELECT fota.upload_finish(:id, 'lamp', 'app', '1.0', '{"format": "raw", "file_name": "one.bin"}');
SELECT upload_id AS id2 FROM fota.upload_begin(sha256('file two'), 8)
\gset
SELECT fota.upload_chunk(:id2, 0, 'file two');
SELECT fota.upload_finish(:id2, 'lamp', 'app', '2.0', '{"waivers": ["overlap=first"]}');

-- The oldest of the highest priority comes first; then there is none left.
\connect - wk
SELECT status, tenant_id, job_id, attempt, kind, jsonb_pretty(spec) FROM fota_worker.claim('w1', '1 min');
SELECT status, tenant_id, job_id, attempt, kind, jsonb_pretty(spec) FROM fota_worker.claim('w2', '1 min');
SELECT status, tenant_id, job_id FROM fota_worker.claim('w3', '1 min');

-- The worker reads the bytes by the number that the spec names.
SELECT status, chunk_no, convert_from(data, 'UTF8') AS data FROM fota_worker.read_blob(1, :id, 0, 8);
SELECT status, chunk_no, data FROM fota_worker.read_blob(1, :id, 1, 8);
SELECT status, chunk_no, data FROM fota_worker.read_blob(1, 12345, 0, 8);
SELECT status, chunk_no, data FROM fota_worker.read_blob(2, :id, 0, 8);

-- The lease.
SELECT status FROM fota_worker.renew(1, 1, 1, '2 min');
SELECT status FROM fota_worker.renew(1, 1, 2, '2 min');
SELECT status FROM fota_worker.renew(1, 99, 1, '2 min');
SELECT status FROM fota_worker.renew(NULL, NULL, NULL, NULL);
SELECT status FROM fota_worker.claim('w', NULL);

-- The payload is the file: nothing is put.
SELECT status FROM fota_worker.finish(1, 1, 1, format('{"sha1": "%s", "md5": "%s", "format": "raw", "content_id": "%s", "payload": null, "metadata": {"segments": [[0, 8]]}, "warnings": []}',
	repeat('11', 20), md5('file one'), encode(sha256('content'), 'hex'))::jsonb);
-- Finished twice is once.
SELECT status FROM fota_worker.finish(1, 1, 1, '{}');
SELECT status FROM fota_worker.put_chunk(1, 1, 1, 0, 'late');
\connect - fota_dba
SELECT version, state, format, size, sha256 = sha256('file one') AS file, payload_sha256 = sha256 AS payload, content_id = sha256('content') AS content, metadata, warnings
FROM fota.image ORDER BY version;
SELECT size, sha1, encode(md5, 'hex') = md5('file one') AS md5, convert_from(c.data, 'UTF8') FROM fota.blob JOIN fota.blob_chunk c USING (tenant_id, blob_id);
SELECT job_id, state, attempt, worker, error FROM fota.job ORDER BY 1;

-- The payload is made: it is put in pieces, the last wins; finish checks that all is there.
\connect - wk
SELECT status FROM fota_worker.put_chunk(1, 2, 1, 0, 'something else');
SELECT status FROM fota_worker.finish(1, 2, 1, format('{"sha1": "%s", "md5": "%s", "format": "ihex", "content_id": "%s", "payload": {"sha256": "%s", "sha1": "%s", "md5": "%s", "size": 7}, "metadata": {"segments": [[4096, 7]], "entry": 4096}, "warnings": [{"name": "overlap", "message": "two records overlap", "count": 1, "line": 3}]}',
	repeat('11', 20), md5('file two'), encode(sha256('content 2'), 'hex'), encode(sha256('payload'), 'hex'), repeat('22', 20), md5('payload'))::jsonb);
SELECT status FROM fota_worker.put_chunk(1, 2, 1, 0, 'payload');
SELECT status FROM fota_worker.finish(1, 2, 1, format('{"sha1": "%s", "md5": "%s", "format": "ihex", "content_id": "%s", "payload": {"sha256": "%s", "sha1": "%s", "md5": "%s", "size": 7}, "metadata": {"segments": [[4096, 7]], "entry": 4096}, "warnings": [{"name": "overlap", "message": "two records overlap", "count": 1, "line": 3}]}',
	repeat('11', 20), md5('file two'), encode(sha256('content 2'), 'hex'), encode(sha256('payload'), 'hex'), repeat('22', 20), md5('payload'))::jsonb);
\connect - fota_dba
SELECT version, state, format, size, sha256 = sha256('file two') AS file, payload_sha256 = sha256('payload') AS payload, metadata, warnings
FROM fota.image WHERE version = '2.0';
SELECT b.size, convert_from(c.data, 'UTF8') AS data FROM fota.blob b JOIN fota.blob_chunk c USING (tenant_id, blob_id) ORDER BY b.blob_id;
SELECT fota.wait_image('lamp', 'app', '2.0');

-- A worker that dies: its lease is over and the job is another's; what it says then is lost. After
-- max_attempts the job has failed for good.
SELECT upload_id AS id3 FROM fota.upload_begin(sha256('file three'), 10)
\gset
SELECT fota.upload_chunk(:id3, 0, 'file three');
SELECT fota.upload_finish(:id3, 'lamp', 'app', '3.0', '{}');
SELECT status, job_id, attempt FROM fota_worker.claim('w1', '1 min');
SELECT status, job_id, attempt FROM fota_worker.claim('w2', '1 min');
UPDATE fota.job SET lease_until = now() - interval '1 s' WHERE job_id = 3;
SELECT status, job_id, attempt FROM fota_worker.claim('w2', '1 min');
SELECT status FROM fota_worker.renew(1, 3, 1, '1 min');
SELECT status FROM fota_worker.put_chunk(1, 3, 1, 0, 'x');
SELECT status FROM fota_worker.finish(1, 3, 1, '{}');
SELECT status FROM fota_worker.fail(1, 3, 1, 'UF001', 'no', NULL, NULL, false);
UPDATE fota.job SET lease_until = now() - interval '1 s' WHERE job_id = 3;
SELECT status, job_id, attempt FROM fota_worker.claim('w3', '1 min');
UPDATE fota.job SET lease_until = now() - interval '1 s' WHERE job_id = 3;
SELECT status, job_id, attempt FROM fota_worker.claim('w4', '1 min');
SELECT state, attempt, error ->> 'code' AS code, error ->> 'message' AS message, error ->> 'detail' AS detail FROM fota.job WHERE job_id = 3;
SELECT state, error = (SELECT error FROM fota.job WHERE job_id = 3) AS same_error FROM fota.image WHERE version = '3.0';

-- fail: later again with a growing pause, or for good, which refuses the image with the error.
SELECT upload_id AS id4 FROM fota.upload_begin(sha256('file four'), 9)
\gset
SELECT fota.upload_chunk(:id4, 0, 'file four');
SELECT fota.upload_finish(:id4, 'lamp', 'app', '4.0', '{}');
SELECT status, job_id, attempt FROM fota_worker.claim('w1', '1 min');
SELECT status FROM fota_worker.fail(1, 4, 1, 'UF900', 'no room', NULL, NULL, true);
SELECT state, attempt, error, run_at > now() AS later FROM fota.job WHERE job_id = 4;
SELECT status, job_id FROM fota_worker.claim('w1', '1 min');
UPDATE fota.job SET run_at = now() WHERE job_id = 4;
SELECT status, job_id, attempt FROM fota_worker.claim('w1', '1 min');
SELECT status FROM fota_worker.fail(1, 4, 2, 'UF003', 'record checksum is 0x12, not 0x34', 'line 7', 'Check the file.', false);
SELECT state, error FROM fota.job WHERE job_id = 4;
SELECT version, state, sha256, payload_sha256, error FROM fota.image WHERE version = '4.0';
SELECT fota.wait_image('lamp', 'app', '4.0');
SELECT kind, detail - 'error' AS detail, detail -> 'error' ->> 'code' AS code FROM fota.event ORDER BY event_id;
-- The version may be added again.
SELECT fota.add_image('lamp', 'app', '4.0', 'good this time', '{"format": "raw"}');
SELECT state, error FROM fota.image WHERE version = '4.0';

-- A delta: the job's spec names both payloads; ready only with its digest, and then decisions may differ.
DELETE FROM fota.job;
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'L1');
SELECT fota.add_release('r', 'lamp', '{"app": "2.0"}');
INSERT INTO fota.rule (name, release) VALUES ('r', 'r');
SELECT fota.start_rollout('r');
SELECT status FROM fota_device.inventory(1, 1, format('{"app": {"digest": "%s"}}', encode(sha256('file one'), 'hex'))::jsonb, '{"formats": [[0], [1]]}', NULL, NULL, NULL, 'native', now());
SELECT status, action FROM fota_device.open_action(1, 1, 'https', now());
SELECT source = sha256('file one') AS source, target = sha256('payload') AS target, format, state FROM fota.delta;
SELECT status, kind, spec - 'source' - 'target' AS spec, spec -> 'source' ->> 'size' AS source, spec -> 'target' ->> 'size' AS target, job_id, attempt FROM fota_worker.claim('w1', '1 min')
\gset job_
SELECT :'job_status' AS status, :'job_kind' AS kind, :'job_spec' AS spec, :'job_source' AS source, :'job_target' AS target;
SELECT status FROM fota_worker.put_chunk(1, :job_job_id, 1, 0, 'delta');
SELECT epoch AS before FROM fota.epoch WHERE tenant_id = 1
\gset
SELECT status FROM fota_worker.finish(1, :job_job_id, 1, format('{"sha256": "%s", "sha1": "%s", "md5": "%s", "size": 5}',
	encode(sha256('delta'), 'hex'), repeat('33', 20), md5('delta'))::jsonb);
SELECT state, size, sha256 = sha256('delta') AS sha256 FROM fota.delta;
SELECT epoch - :before AS risen FROM fota.epoch WHERE tenant_id = 1;
SELECT status, action FROM fota_device.open_action(1, 1, 'https', now());
SELECT format, bytes, base = sha256('file one') AS base, size FROM fota_device.check_in(1, 1, NULL, 'https', now());

-- Tenants in turn: many jobs of one do not keep out another's.
INSERT INTO fota.tenant (name) VALUES ('acme');
INSERT INTO fota.job (tenant_id, kind, spec) SELECT 1, 'digest', '{}' FROM generate_series(1, 5);
INSERT INTO fota.job (tenant_id, kind, spec) VALUES (2, 'digest', '{}');
SELECT array_agg(DISTINCT tenant_id ORDER BY tenant_id) FROM generate_series(1, 2) n, LATERAL (SELECT n, c.* FROM fota_worker.claim('w' || n, '1 min') c) c;
