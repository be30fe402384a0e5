-- Which build of a version a device gets: by hardware, then by slot.

SELECT fota.add_model('lamp', '{app}');
SELECT fota.add_image('lamp', 'app', '1.0', 'one', '{"format": "raw"}');
SELECT fota.add_image('lamp', 'app', '2.0', convert_to(b, 'UTF8'), jsonb_build_object('format', 'raw', 'build', b, 'hw', hw, 'slot', slot))
FROM (VALUES ('a0', '["rev-a"]'::jsonb, 0), ('a1', '["rev-a"]', 1), ('a', '["rev-a"]', NULL), ('any', NULL, NULL)) x (b, hw, slot);
SELECT fota.add_release('2', 'lamp', '{"app": "2.0"}');
INSERT INTO fota.rule (name, release) VALUES ('r', '2');
SELECT fota.start_rollout('r');
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'L1');
INSERT INTO fota.device_contents (device_id, component, present, version) VALUES (1, 'app', true, '1.0');
INSERT INTO fota.device_report_state (device_id) VALUES (1);

-- fits(hardware, slot, two slots): the build for a device that reports these.
CREATE FUNCTION pg_temp.fits(hw text, slot int, two_slots boolean) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	UPDATE fota.device_report_state SET hw = $1, accept = CASE WHEN $3 THEN '{"flags": 1}' ELSE '{}' END::jsonb;
	UPDATE fota.device_contents SET slot = $2;
	RETURN (SELECT concat_ws(' ', r.verdict, r.reason, coalesce(r.build, r.detail)) FROM fota.resolve('L1') r);
END
$$;

-- A build that names the hardware beats one for any; a device that said none fits only the latter.
SELECT pg_temp.fits('rev-a', NULL, false), pg_temp.fits('rev-b', NULL, false), pg_temp.fits(NULL, NULL, false);
-- One slot: the build that is linked for it beats one that is for any.
SELECT pg_temp.fits('rev-a', 0, false), pg_temp.fits('rev-a', 1, false), pg_temp.fits('rev-a', 2, false);
-- Two slots: what is written is the one that does not run.
SELECT pg_temp.fits('rev-a', 0, true), pg_temp.fits('rev-a', 1, true);
-- Neither is 2, so both fit equally well: that is nothing to choose by.
SELECT pg_temp.fits('rev-a', 2, true);
-- Hardware comes first: rev-b has only the build for any.
SELECT pg_temp.fits('rev-b', 0, true);
UPDATE fota.image SET state = 'withdrawn' WHERE build IN ('a', 'any');
SELECT pg_temp.fits('rev-b', 0, true), pg_temp.fits('rev-a', NULL, true), pg_temp.fits('rev-a', 5, false);
-- A component that is absent reports no slot.
UPDATE fota.device_contents SET present = false, version = NULL;
SELECT pg_temp.fits('rev-a', 0, true);

-- All builds of a version require the same and have the same flags, when the transaction commits.
BEGIN;
UPDATE fota.image SET requires = '{"from": ">=1.0"}' WHERE version = '2.0' AND build = 'a0';
COMMIT;
BEGIN;
UPDATE fota.image SET requires = '{"from": ">=1.0"}' WHERE version = '2.0' AND build = 'a0';
UPDATE fota.image SET requires = '{"from": ">=1.0"}' WHERE version = '2.0' AND build <> 'a0';
COMMIT;
UPDATE fota.image SET security_fix = true WHERE build = 'a1';
SELECT fota.add_image('lamp', 'app', '2.0', 'late', '{"format": "raw", "build": "late", "mains": true, "requires": {"from": ">=1.0"}}');
SELECT fota.add_image('lamp', 'app', '3.0', 'x', '{"format": "raw", "slot": -1}');
SELECT fota.add_image('lamp', 'app', '3.0', 'x', '{"format": "raw", "requires": ">=1.0"}');
