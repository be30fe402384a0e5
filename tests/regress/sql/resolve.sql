-- What follows for a component: the verdict, and the first reason that holds.

SELECT fota.add_model('lamp', '{app,sounds}');
SELECT fota.add_image('lamp', 'app', v, convert_to('app ' || v, 'UTF8'), '{"format": "raw"}')
FROM unnest('{1.0.0,1.1.0,2.0.0}'::text[]) v;
SELECT fota.add_image('lamp', 'sounds', '1', 'ding', '{"format": "raw"}');
SELECT fota.add_release('r', 'lamp', '{"app": "1.1.0"}');
INSERT INTO fota.rule (name, release, model) VALUES ('r', 'r', 'lamp');
SELECT fota.start_rollout('r');
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'L1');

-- has(version, digest) says what L1 reported of app; verdict() what follows.
CREATE FUNCTION pg_temp.has(text, bytea DEFAULT NULL, present boolean DEFAULT true) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO fota.device_contents (device_id, component, present, version, digest) VALUES (1, 'app', $3, $1, $2)
	ON CONFLICT (tenant_id, device_id, component) DO UPDATE SET present = $3, version = $1, digest = $2
$$;
PREPARE verdict AS SELECT verdict, reason, version, reported_version AS has, detail
FROM fota.resolve('L1') WHERE component = 'app';

-- Unknown: no row. The model says whether to install or to wait.
EXECUTE verdict;
UPDATE fota.model SET unknown_contents = 'wait' WHERE model = 'lamp';
EXECUTE verdict;
UPDATE fota.model SET unknown_contents = 'install' WHERE model = 'lamp';

-- Older, equal, newer. Newer is left alone unless the rule allows a downgrade.
SELECT pg_temp.has('1.0.0');
EXECUTE verdict;
SELECT pg_temp.has('1.1.0');
EXECUTE verdict;
SELECT pg_temp.has('v1.1');
EXECUTE verdict;
SELECT pg_temp.has('1.1.0-rc.1');
EXECUTE verdict;
SELECT pg_temp.has('2.0.0');
EXECUTE verdict;
UPDATE fota.rule SET allow_downgrade = true WHERE name = 'r';
EXECUTE verdict;
UPDATE fota.rule SET allow_downgrade = false WHERE name = 'r';
-- A string that is no version sorts below every version.
SELECT pg_temp.has('nightly');
EXECUTE verdict;

-- A digest beats the version that comes with it: whole, or its first 8 bytes.
SELECT pg_temp.has('1.0.0', sha256('app 1.1.0'));
EXECUTE verdict;
SELECT pg_temp.has('1.1.0', sha256('app 1.0.0'));
EXECUTE verdict;
SELECT pg_temp.has(NULL, substr(sha256('app 1.1.0'), 1, 8));
EXECUTE verdict;
-- A digest that we do not know: with the target's version it is another build of it, with another
-- version that counts, with none the contents are unknown.
SELECT pg_temp.has('1.1.0', sha256('patched by hand'));
EXECUTE verdict;
SELECT pg_temp.has('1.0.0', sha256('patched by hand'));
EXECUTE verdict;
SELECT pg_temp.has(NULL, sha256('patched by hand'));
EXECUTE verdict;
-- An image may be known by other digests, or by the beginning of one.
INSERT INTO fota.image_digest (model, component, version, kind, digest)
VALUES ('lamp', 'app', '1.1.0', 'mcuboot', sha256('patched by hand'));
EXECUTE verdict;
UPDATE fota.image_digest SET digest = substr(sha256('patched by hand'), 1, 10);
EXECUTE verdict;
-- One that means two images means none.
INSERT INTO fota.image_digest (model, component, version, kind, digest)
VALUES ('lamp', 'app', '1.0.0', 'mcuboot', substr(sha256('patched by hand'), 1, 12));
UPDATE fota.image_digest SET digest = sha256('another') WHERE version = '1.1.0';
INSERT INTO fota.image_digest (model, component, version, kind, digest)
VALUES ('lamp', 'app', '2.0.0', 'mcuboot', substr(sha256('patched by hand'), 1, 12));
EXECUTE verdict;
DELETE FROM fota.image_digest;

-- Absent; and a component that must be absent.
SELECT pg_temp.has(NULL, NULL, false);
EXECUTE verdict;
SELECT fota.add_release('without', 'lamp', '{"app": null}');
UPDATE fota.rule SET release = 'without' WHERE name = 'r';
EXECUTE verdict;
SELECT pg_temp.has('1.0.0');
EXECUTE verdict;
DELETE FROM fota.device_contents;
EXECUTE verdict;
UPDATE fota.model SET client_class = 'swupdate' WHERE model = 'lamp';
EXECUTE verdict;
UPDATE fota.model SET client_class = NULL WHERE model = 'lamp';
UPDATE fota.rule SET release = 'r' WHERE name = 'r';

-- Opaque versions (git hashes): any difference installs, nothing is newer.
UPDATE fota.component SET ordering = 'opaque' WHERE component = 'app' AND model = 'lamp';
SELECT pg_temp.has('2.0.0');
EXECUTE verdict;
SELECT pg_temp.has('1.1.0');
EXECUTE verdict;
SELECT pg_temp.has('v1.1');
EXECUTE verdict;
UPDATE fota.component SET ordering = 'version' WHERE component = 'app' AND model = 'lamp';

-- Builds: an exact hardware id beats a build for any; a device that said none fits only the latter.
SELECT pg_temp.has('1.0.0');
SELECT fota.add_image('lamp', 'app', '3.0.0', 'for rev A', '{"format": "raw", "build": "a", "hw": ["rev-a"]}'),
	fota.add_image('lamp', 'app', '3.0.0', 'for rev B', '{"format": "raw", "build": "b", "hw": ["rev-b", "rev-b2"]}');
SELECT fota.add_release('three', 'lamp', '{"app": "3.0.0"}');
UPDATE fota.rule SET release = 'three' WHERE name = 'r';
PREPARE build AS SELECT verdict, reason, build, detail FROM fota.resolve('L1') WHERE component = 'app';
EXECUTE build;
INSERT INTO fota.device_report_state (device_id, hw) VALUES (1, 'rev-b2');
EXECUTE build;
UPDATE fota.device_report_state SET hw = 'rev-c';
EXECUTE build;
SELECT fota.add_image('lamp', 'app', '3.0.0', 'for any', '{"format": "raw", "build": "any"}');
EXECUTE build;
UPDATE fota.device_report_state SET hw = 'rev-a';
EXECUTE build;
SELECT fota.add_image('lamp', 'app', '3.0.0', 'for rev A too', '{"format": "raw", "build": "a2", "hw": ["rev-a"]}');
EXECUTE build;
-- Any build of the target version is the target.
SELECT pg_temp.has(NULL, sha256('for rev B'));
EXECUTE build;
-- Withdrawn and refused images are not offered.
UPDATE fota.image SET state = 'withdrawn' WHERE version = '3.0.0' AND build <> 'a';
SELECT pg_temp.has('1.0.0');
EXECUTE build;
UPDATE fota.image SET state = 'withdrawn' WHERE version = '3.0.0';
EXECUTE build;
UPDATE fota.rule SET release = 'r' WHERE name = 'r';

-- Undo: what the device left by a success is not offered again while the rules stand as they are. Here time
-- alone brings the older version back.
SELECT fota.add_release('old', 'lamp', '{"app": "1.0.0"}'), fota.add_release('new', 'lamp', '{"app": "2.0.0"}');
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'U1');
INSERT INTO fota.rule (name, release, serial_from, serial_to, priority, allow_downgrade, active_during) VALUES
	('old', 'old', 'U1', 'U1', 0, true, NULL), ('new', 'new', 'U1', 'U1', 1, false, '(,2099-02-01)');
BEGIN;
SELECT fota.start_rollout('old'), fota.start_rollout('new');
COMMIT;
SELECT status FROM fota_device.inventory(1, 2, '{"app": {"version": "1.0.0"}}', NULL, NULL, NULL, NULL, 'native', '2099-01-01');
SELECT action FROM fota_device.open_action(1, 2, 'https', '2099-01-01');
SELECT status FROM fota_device.inventory(1, 2, '{"app": {"version": "2.0.0"}}', NULL, NULL, NULL, NULL, 'native', '2099-01-02');
SELECT rule, verdict, reason, valid_until FROM fota.resolve('U1', '2099-01-03') WHERE component = 'app';
SELECT rule, verdict, reason, detail FROM fota.resolve('U1', '2099-02-01') WHERE component = 'app';
-- Any change of the catalogue ends it.
UPDATE fota.release SET note = 'yes, back to 1.0.0' WHERE release = 'old';
SELECT rule, verdict, reason, detail FROM fota.resolve('U1', '2099-02-01') WHERE component = 'app';
SELECT fota.stop_rollout('old'), fota.stop_rollout('new');

-- A component that is reported and that no rule names is kept; one that the model has not, too, but
-- is not shown. Without anything there is one row.
INSERT INTO fota.device_contents (device_id, component, present, version) VALUES (1, 'sounds', true, '7'), (1, 'radio', true, '1');
SELECT component, verdict, rule, reason, version, reported_version, detail FROM fota.resolve('L1');
SELECT fota.stop_rollout('r');
SELECT component, verdict, reason FROM fota.resolve('L1');
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'L2');
SELECT component, verdict, rule_id, reason, detail, epoch IS NOT NULL AS epoch, valid_until FROM fota.resolve('L2');

-- resolve_many gives the same rows with the device in front; NULL = the whole tenant.
INSERT INTO fota.device (model, serial) SELECT 'lamp', 'M' || n FROM generate_series(1, 50) n;
INSERT INTO fota.rule (name, release, model) VALUES ('again', 'r', 'lamp');
SELECT fota.start_rollout('again');
CREATE TEMP VIEW one AS SELECT d.device_id, r.* FROM fota.device d, fota.resolve(1, d.device_id, '2099-01-01') r;
CREATE TEMP VIEW many AS SELECT * FROM fota.resolve_many(1, NULL, '2099-01-01');
SELECT count(*) FROM many;
SELECT count(*) AS different FROM ((TABLE one EXCEPT TABLE many) UNION ALL (TABLE many EXCEPT TABLE one)) x;
SELECT device_id, component, verdict FROM fota.resolve_many(1, '{3,2,99}', now());
SELECT count(*) FROM fota.resolve_many(1, '{}', now());

-- Unknown device or tenant.
SELECT * FROM fota.resolve('nobody');
SELECT count(*) FROM fota.resolve(1, 99, now());
SELECT * FROM fota.resolve(99, 1, now());
