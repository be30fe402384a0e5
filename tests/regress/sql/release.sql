-- A release is a named set of items, each a version of a component or its absence.

SELECT fota.add_model('lamp', '{app,sounds,radio}');
SELECT fota.add_model('horn', '{app}');
SELECT fota.add_image('lamp', 'app', '1.0', 'one', '{"format": "raw"}'), fota.add_image('lamp', 'sounds', '1.0', 'ding', '{"format": "raw"}');
SELECT fota.add_release('spring', 'lamp', '{"app": "1.0", "sounds": "1.0", "radio": null}');
SELECT release, model, component, version FROM fota.release_item ORDER BY 2, 3;

-- The same release may have items for other models, and calling it again adds to it; what it says already
-- it goes on saying.
SELECT fota.add_image('horn', 'app', '7', 'toot', '{"format": "raw"}');
SELECT fota.add_release('spring', 'horn', '{"app": "7"}');
SELECT fota.add_image('lamp', 'app', '1.1', 'one and a bit', '{"format": "raw"}');
SELECT fota.add_release('spring', 'lamp', '{"app": "1.1"}');
SELECT fota.add_release('spring', 'lamp', '{"app": "1.0"}');
SELECT model, component, version FROM fota.release_item WHERE release = 'spring' ORDER BY 1, 2;

-- The image must be there, at commit, and be of the item's own model.
SELECT fota.add_release('bad', 'lamp', '{"app": "9.9"}');
SELECT fota.add_release('bad', 'lamp', '{"app": "7"}');
SELECT fota.add_release('bad', 'lamp', '{"nose": "1.0"}');
SELECT fota.add_release('bad', 'ghost', '{"app": "1.0"}');
BEGIN;
INSERT INTO fota.release (release) VALUES ('early');
INSERT INTO fota.release_item (release, model, component, version) VALUES ('early', 'lamp', 'app', '2.0');
SELECT fota.add_image('lamp', 'app', '2.0', 'two', '{"format": "raw"}');
COMMIT;
SELECT count(*) FROM fota.release_item WHERE release = 'early';

-- Words that are none.
SELECT fota.add_release('', 'lamp', '{"app": "1.0"}');
SELECT fota.add_release('bad', 'lamp', '["app"]');
SELECT fota.add_release('bad', 'lamp', '{"app": 1.0}');
SELECT fota.add_release('bad', 'lamp', '{}');
SELECT fota.add_release('bad', 'lamp', NULL);
SELECT count(*) FROM fota.release WHERE release = 'bad';

-- A release that a rule points at stays.
INSERT INTO fota.rule (name, release) VALUES ('r', 'spring');
DELETE FROM fota.release WHERE release = 'spring';
DELETE FROM fota.release WHERE release = 'early';
