-- Every commit that can alter a decision raises the epoch of its tenant by one, once, and is
-- kept: which rows became what (row_version), when (change), and who did it (audit).

SELECT fota.add_model('lamp', '{app}');
SELECT epoch AS begin FROM fota.epoch WHERE tenant_id = 1
\gset
PREPARE risen AS SELECT tenant_id, epoch - :begin AS risen FROM fota.epoch ORDER BY 1;

-- One statement, one commit, one epoch; a transaction of many statements too.
UPDATE fota.model SET description = 'a lamp' WHERE model = 'lamp';
EXECUTE risen;
BEGIN;
UPDATE fota.model SET description = 'a good lamp' WHERE model = 'lamp';
UPDATE fota.model SET description = 'a better lamp' WHERE model = 'lamp';
INSERT INTO fota.release (release) VALUES ('spring');
-- Inside, the epoch has not risen yet; the open change can be seen.
EXECUTE risen;
SELECT count(*) AS open FROM fota.change WHERE epoch IS NULL;
COMMIT;
EXECUTE risen;

-- The versions of a row: what it was after each commit, not between statements.
SELECT c.epoch - :begin AS epoch, v.relation, v.key, v.document ->> 'description' AS description
FROM fota.row_version v JOIN fota.change c USING (tenant_id, change_no)
WHERE c.epoch > :begin ORDER BY c.epoch, v.relation, v.key;

-- A statement that changes nothing, or that changes what no decision depends on, is no change.
UPDATE fota.model SET description = description;
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'L1');
UPDATE fota.device SET batch = 'B1';
INSERT INTO fota.device_contents (device_id, component, present, version) VALUES (1, 'app', true, '1.0');
EXECUTE risen;

-- What is rolled back leaves nothing, in whole or in part.
BEGIN;
UPDATE fota.model SET description = 'draft';
ROLLBACK;
BEGIN;
SAVEPOINT a;
UPDATE fota.model SET description = 'draft';
ROLLBACK TO a;
INSERT INTO fota.release (release) VALUES ('summer');
COMMIT;
EXECUTE risen;
SELECT count(*) FROM fota.change WHERE epoch IS NULL;
SELECT count(*) FROM fota.row_version WHERE document ->> 'description' = 'draft';

-- A change of the key is a deletion and a new row; a deletion is a version without a document.
BEGIN;
UPDATE fota.release SET release = 'autumn' WHERE release = 'summer';
DELETE FROM fota.release WHERE release = 'spring';
COMMIT;
SELECT c.epoch - :begin AS epoch, v.key, v.document
FROM fota.row_version v JOIN fota.change c USING (tenant_id, change_no)
WHERE v.relation = 'release' ORDER BY c.epoch, v.key;

-- Several tenants in one transaction: each its own epoch. A setting of tenant 0 concerns all.
INSERT INTO fota.tenant (name) VALUES ('acme');
SELECT epoch AS begin FROM fota.epoch WHERE tenant_id = 1
\gset
DEALLOCATE risen;
PREPARE risen AS SELECT tenant_id, epoch - CASE tenant_id WHEN 1 THEN :begin ELSE 1 END AS risen FROM fota.epoch ORDER BY 1;
EXECUTE risen;
BEGIN;
INSERT INTO fota.release (tenant_id, release) VALUES (2, 'r'), (1, 'r');
COMMIT;
EXECUTE risen;
INSERT INTO fota.release (tenant_id, release) VALUES (2, 'r2');
EXECUTE risen;
UPDATE fota.setting SET value = '2 h' WHERE tenant_id = 0 AND name = 'delta_wait';
EXECUTE risen;

-- SET CONSTRAINTS IMMEDIATE closes the change early; later rows of the transaction open another.
BEGIN;
INSERT INTO fota.release (release) VALUES ('early');
SET CONSTRAINTS ALL IMMEDIATE;
EXECUTE risen;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO fota.release (release) VALUES ('late');
COMMIT;
EXECUTE risen;
-- While they are immediate nothing can be judged as a whole.
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO fota.release (release) VALUES ('never');
ROLLBACK;

-- Epochs and times rise together, without a gap.
SELECT count(*) AS changes, count(epoch) AS epochs, max(epoch) - min(epoch) + 1 AS span,
	bool_and(ordered) AS in_order
FROM (SELECT epoch, at >= lag(at, 1, at) OVER (ORDER BY epoch) AS ordered
	FROM fota.change WHERE tenant_id = 1) c;

-- The audit names the login, also of one who acts for another, and is chained: each hash is the
-- SHA-256 of the one before and the row's text.
\connect - op
UPDATE fota.model SET description = 'by an operator' WHERE model = 'lamp';
SELECT login, application, relations FROM fota.audit ORDER BY epoch DESC LIMIT 1;
DELETE FROM fota.audit;
UPDATE fota.change SET at = now();
INSERT INTO fota.row_version VALUES (1, 'model', '["lamp"]', 1, NULL);
UPDATE fota.epoch SET epoch = 1;
\connect - fota_dba
SELECT count(*) AS rows, count(*) FILTER (WHERE hash = sha256(coalesce(before, '') || convert_to(
	concat_ws(' ', tenant_id, epoch, change_no, extract(epoch FROM at), login, relations), 'UTF8'))) AS chained
FROM (SELECT *, lag(hash) OVER (PARTITION BY tenant_id ORDER BY epoch) AS before FROM fota.audit) a;

-- Devices have a history of their own: a row whenever the row or its contents differ.
UPDATE fota.device SET batch = 'B2' WHERE serial = 'L1';
UPDATE fota.device SET batch = 'B2' WHERE serial = 'L1';
UPDATE fota.device_contents SET reported_at = now() + interval '1 s';
UPDATE fota.device_contents SET version = '1.1';
SELECT relation, component, document ->> 'batch' AS batch, document ->> 'version' AS version
FROM fota.device_history ORDER BY at, history_no;

-- A rule that is inserted and started by one statement is active in its version, too; one that was deleted and comes again is there.
BEGIN;
SELECT fota.add_model('clock', '{app}'), fota.add_image('clock', 'app', '1', 'tick', '{"format": "raw"}'), fota.add_release('clock', 'clock', '{"app": "1"}');
INSERT INTO fota.rule (name, release) VALUES ('clock', 'clock') RETURNING name, fota.start_rollout(name);
SELECT document ->> 'name' AS name, document ->> 'state' AS state FROM fota.row_version WHERE document ->> 'name' = 'clock';
INSERT INTO fota.release (release, note) VALUES ('again', 'first');
DELETE FROM fota.release WHERE release = 'again';
INSERT INTO fota.release (release, note) VALUES ('again', 'second');
SELECT document ->> 'note' AS note FROM fota.row_version WHERE key = '["again"]';
-- Another key is a deletion and an insertion; an update that changes nothing leaves no version.
INSERT INTO fota.device (model, serial) VALUES ('clock', 'C1'), ('clock', 'C2');
INSERT INTO fota.rule_device (rule_id, device_id) SELECT r.rule_id, d.device_id FROM fota.rule r, fota.device d WHERE r.name = 'clock' AND d.serial = 'C1';
UPDATE fota.rule_device SET device_id = (SELECT device_id FROM fota.device WHERE serial = 'C2');
SELECT count(*) AS versions, count(document) AS rows FROM fota.row_version WHERE relation = 'rule_device';
-- How sessions print bytes makes no other key.
SET bytea_output = 'escape';
INSERT INTO fota.delta (source, target, format, state, sha256, size) SELECT payload_sha256, payload_sha256, '{1}', 'ready', payload_sha256, 1 FROM fota.image WHERE model = 'clock';
SET bytea_output = 'hex';
UPDATE fota.delta SET state = 'withdrawn';
SELECT count(*) AS versions, min(document ->> 'state') AS state FROM fota.row_version WHERE relation = 'delta';
SET bytea_output = 'escape';
SELECT fota_past.as_of(1, 1000000, NULL) AS before, (SELECT count(*) FROM fota_past.delta()) AS deltas;
RESET bytea_output;
ROLLBACK;
SELECT count(*) AS versions FROM fota.row_version
\gset before_
UPDATE fota.model SET description = description;
UPDATE fota.release SET note = note;
SELECT count(*) - :before_versions AS versions FROM fota.row_version;
