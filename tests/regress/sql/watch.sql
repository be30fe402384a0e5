-- What front-ends ask on a clock: changes, changed_for, tick, seen_many, version; truth is polled.

SELECT fota.add_model('lamp', '{app}');
SELECT fota.add_image('lamp', 'app', '1.0', 'one', '{"format": "raw"}'), fota.add_image('lamp', 'app', '2.0', 'two', '{"format": "raw"}');
SELECT fota.add_release('r', 'lamp', '{"app": "2.0"}');
INSERT INTO fota.device (model, serial) SELECT 'lamp', 'L' || n FROM generate_series(1, 200) n;
SELECT fota.add_credential('L1', 'token', 'shed', sha256('t'), NULL, NULL) AS credential
\gset
INSERT INTO fota.rule (name, release, batch) VALUES ('r', 'r', 'B1');
SELECT since FROM fota_device.changes(NULL)
\gset
CREATE FUNCTION pg_temp.news(bigint) RETURNS TABLE (status text, tenant_id int, kind text, id bigint, name text) LANGUAGE sql AS $$
	SELECT DISTINCT c.status, c.tenant_id, c.kind, c.id, c.name FROM fota_device.changes($1) c ORDER BY 3, 4 $$;

-- Nothing new is one row that says so, with the mark for the next question.
SELECT status, since >= :since AS since, tenant_id, kind, id, name FROM fota_device.changes(:since);

-- A catalogue change: the epoch of the tenant rose. A device that an operator changed; a credential.
SELECT fota.start_rollout('r');
SELECT * FROM pg_temp.news(:since);
UPDATE fota.device SET batch = 'B1' WHERE serial IN ('L2', 'L3');
SELECT fota.revoke_credential(:credential);
SELECT * FROM pg_temp.news(:since);
-- More than 100 devices at once are the whole tenant.
SELECT since FROM fota_device.changes(NULL)
\gset
UPDATE fota.device SET year = 2024 WHERE device_id BETWEEN 10 AND 111;
SELECT * FROM pg_temp.news(:since);
-- What a device does itself is not announced to all, but an action that is closed is.
SELECT since FROM fota_device.changes(NULL)
\gset
SELECT status FROM fota_device.inventory(1, 2, '{"app": {"version": "1.0"}}', NULL, NULL, NULL, NULL, 'native', '2099-01-01');
SELECT action FROM fota_device.open_action(1, 2, 'https', '2099-01-01');
SELECT status FROM fota_device.report(1, 2, NULL, 1, 1, 8, NULL, NULL, NULL, NULL, '2099-01-01');
SELECT * FROM pg_temp.news(:since);

-- Of the devices that wait for news, those that may have something to do.
SELECT epoch FROM fota.epoch WHERE tenant_id = 1
\gset
SELECT status, device_id FROM fota_device.changed_for(1, '{3,4,5}', :epoch - 1) ORDER BY 2;
SELECT status, device_id FROM fota_device.changed_for(77, '{3,4,5}', 0);
SELECT status, device_id FROM fota_device.changed_for(1, '{}', 0);

-- Last contacts come in sorted arrays, many devices in one call; unknown ones are passed over.
SELECT status FROM fota_device.seen_many('{1,1,1,77}', '{1,2,9999,1}',
	'{2099-01-01,2099-01-02,2099-01-02,2099-01-02}', '{https,coaps,ddi,ddi}');
SELECT device_id, seen_at, protocol FROM fota.device_seen ORDER BY 1;
-- An older one does not overwrite a newer one.
SELECT status FROM fota_device.seen_many('{1}', '{2}', '{2098-01-01}', '{ddi}');
SELECT device_id, seen_at, protocol FROM fota.device_seen ORDER BY 1;
SELECT status FROM fota_device.seen_many('{}', '{}', '{}', '{}');

-- tick: old announcements are pruned.
UPDATE fota.device_change SET at = at - interval '11 min';
SELECT status FROM fota_device.tick(now());
SELECT count(*) FROM fota.device_change;

-- The hashes of the blocks of an artifact, for a device that cannot hold it whole.
SELECT status, action FROM fota_device.open_action(1, 3, 'coaps', '2099-01-01');
SELECT status, block_size, hashes = substr(sha256('two'), 1, length(hashes)) AS hashes FROM fota_device.block_hashes(1, 3, 1, 1, NULL, '2099-01-01');
SELECT status, block_size, hashes FROM fota_device.block_hashes(1, 3, 2, 1, NULL, '2099-01-01');

-- What the other side speaks. (The profile is what differs.)
SELECT status, version, schema_step FROM fota_device.version();
