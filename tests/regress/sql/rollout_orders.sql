-- The order in which reports arrive does not matter, nor how often: with their instants fixed, all orders of a set of
-- reports, some of them twice, end in the same state of items, actions, report rows, counts, rule and postponements.
-- (tests/t/232_report_orders.sh does the same with random sets.)

SELECT fota.add_model('lamp', '{app,sounds}');
SELECT fota.add_image('lamp', 'app', v, convert_to(repeat('app ' || v, 40), 'UTF8'), '{"format": "raw"}') FROM unnest('{1.0,1.1}'::text[]) v;
SELECT fota.add_image('lamp', 'sounds', '7', 'ding', '{"format": "raw"}');
SELECT fota.add_release('r', 'lamp', '{"app": "1.1"}'), fota.add_release('both', 'lamp', '{"app": "1.1", "sounds": "7"}');
-- L1 to L6 are counted together; L7 has two items, L8 is asked to download only.
INSERT INTO fota.device (model, serial, batch) SELECT 'lamp', 'L' || n, CASE n WHEN 7 THEN 'both' WHEN 8 THEN 'only' ELSE 'all' END FROM generate_series(1, 8) n;
INSERT INTO fota.rule (name, release, model, batch, mode) VALUES ('r', 'r', 'lamp', 'all', 'soft'), ('both', 'both', 'lamp', 'both', 'forced'), ('only', 'r', 'lamp', 'only', 'download_only');
INSERT INTO fota.rollout (rule_id, min_failures) SELECT rule_id, 2 FROM fota.rule;
INSERT INTO fota.wave (rule_id, wave, percent, pause_at) SELECT rule_id, 1, 100, 0.3 FROM fota.rule;
SELECT fota.start_rollout(name, '2099-01-01') FROM fota.rule;
-- All of them report a digest from which a delta is ready, and get it.
INSERT INTO fota.blob (sha256, size, blob_id) VALUES (sha256('a delta'), 7, nextval('fota.blob_id'));
INSERT INTO fota.blob_chunk (blob_id, chunk_no, data) SELECT blob_id, 0, 'a delta' FROM fota.blob WHERE sha256 = sha256('a delta');
INSERT INTO fota.delta (source, target, format, state, sha256, size)
SELECT s.payload_sha256, t.payload_sha256, '{1}', 'ready', sha256('a delta'), 7 FROM fota.image s, fota.image t WHERE s.version = '1.0' AND t.version = '1.1';
SELECT count(o.action) FROM fota.device d
CROSS JOIN LATERAL (SELECT status FROM fota_device.inventory(1, d.device_id, jsonb_build_object('app', jsonb_build_object('digest',
	(SELECT encode(payload_sha256, 'hex') FROM fota.image WHERE version = '1.0'))), '{"formats": [[0], [1]]}', NULL, NULL, NULL, 'native', '2099-01-01')) i
CROSS JOIN LATERAL fota_device.open_action(1, d.device_id, 'https', '2099-01-01') o WHERE i.status = 'ok';
SELECT DISTINCT component, format, state FROM fota.action_item;

-- A report: device, state, code, minute, and where it matters item (0 = all) and seconds. Takes them in this order, tells
-- the state, and forgets all again. minute(): what is left of an instant.
CREATE FUNCTION pg_temp.minute(timestamptz) RETURNS text LANGUAGE sql AS $$ SELECT round(extract(epoch FROM $1 - '2099-01-01') / 60)::text $$;
CREATE FUNCTION pg_temp.ends(reports int[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	v_state text;
	r int[];
BEGIN
	BEGIN
		FOREACH r SLICE 1 IN ARRAY $1 LOOP
			PERFORM FROM fota_device.report(1, r[1], NULL, 1, CASE WHEN array_length(r, 1) < 5 THEN 1 ELSE nullif(r[5], 0) END, r[2], nullif(r[3], 0), NULL,
				CASE WHEN array_length(r, 1) > 5 THEN r[6] END, NULL, '2099-01-01'::timestamptz + r[4] * interval '1 min');
		END LOOP;
		SELECT concat_ws(E'\n', (SELECT string_agg(format('L%s %s: %s%s', a.device_id, concat_ws(' at ', a.state, pg_temp.minute(a.closed_at)),
				(SELECT string_agg(format('%s %s at %s try %s %s', i.component, concat_ws(' ', i.state, i.code), pg_temp.minute(i.changed_at), i.try, i.format), ', ' ORDER BY i.item)
					FROM fota.action_item i WHERE i.device_id = a.device_id), ', deferred until ' || pg_temp.minute(a.deferred_until)), E'\n' ORDER BY a.device_id)
			FROM fota.action a WHERE EXISTS (SELECT FROM fota.report p WHERE p.device_id = a.device_id)),
			(SELECT 'reports ' || string_agg(format('L%s.%s.%s.%s.%s at %s', device_id, item, try, state, code, pg_temp.minute(at)), ', ' ORDER BY device_id, item, try, state, code, at) FROM fota.report),
			(SELECT string_agg(concat_ws(' ', 'L' || device_id, 'succeeded at ' || pg_temp.minute(succeeded_at), 'failed at ' || pg_temp.minute(failed_at)), ', ' ORDER BY device_id)
				FROM fota.rollout_device WHERE num_nonnulls(succeeded_at, failed_at, lost_at) > 0),
			(SELECT string_agg(format('%s braked at %s', r.name, pg_temp.minute(s.braked_at)), ', ') FROM fota.rule r JOIN fota.rollout_state s USING (rule_id) WHERE r.state = 'paused' AND s.wave = 1),
			(SELECT string_agg(format('%s postponed until %s', name, pg_temp.minute(postponed_until)), ', ') FROM fota.device WHERE postponed_until IS NOT NULL))
		INTO v_state;
		RAISE EXCEPTION USING ERRCODE = 'UF999';
	EXCEPTION WHEN SQLSTATE 'UF999' THEN
		NULL;
	END;
	RETURN v_state;
END
$$;
-- All orders of a set of reports; those that are there twice are not told apart.
CREATE FUNCTION pg_temp.orders(reports int[]) RETURNS TABLE (orders bigint, ends bigint, state text) LANGUAGE sql AS $$
	WITH RECURSIVE one AS (SELECT n, $1[n:n][:] AS report FROM generate_subscripts($1, 1) n),
	path AS (
		SELECT ARRAY[n] AS taken, report AS reports FROM one
		UNION SELECT p.taken || o.n, p.reports || o.report FROM path p JOIN one o ON o.n <> ALL (p.taken)
	),
	ended AS (SELECT pg_temp.ends(p.reports) AS state FROM (SELECT DISTINCT p.reports FROM path p WHERE cardinality(p.taken) = array_length($1, 1)) p)
	SELECT count(*), count(DISTINCT state), min(state) FROM ended $$;

-- A device downloads, installs and fails; it says the last word twice. The other way round it would be installed.
SELECT * FROM pg_temp.orders('{{1,1,0,1},{1,2,0,2},{1,3,0,3},{1,5,1,4},{1,5,1,4}}');
SELECT * FROM pg_temp.orders('{{1,1,0,1},{1,2,0,2},{1,3,0,3},{1,4,0,4},{1,4,0,4}}');
-- Two final words: the first by instant ends the item. That it failed counts, whichever was first.
SELECT * FROM pg_temp.orders('{{1,1,0,1},{1,8,0,2},{1,5,1,3},{1,5,1,3}}');
SELECT * FROM pg_temp.orders('{{1,1,0,1},{1,5,1,2},{1,8,0,3},{1,9,0,3}}');
-- At the same instant failed is before declined, and that before cancelled.
SELECT * FROM pg_temp.orders('{{1,9,0,2},{1,8,0,2},{1,5,1,2},{1,3,0,2}}');
-- What is said after the end changes nothing, not even when it arrives before it.
SELECT * FROM pg_temp.orders('{{1,9,0,1},{1,3,0,2},{1,4,0,3},{1,4,0,4}}');
-- A delta that had the wrong base, and then the full image: what was said before belongs to the first try.
SELECT * FROM pg_temp.orders('{{1,1,0,1},{1,5,2,2},{1,5,2,2},{1,2,0,3},{1,3,0,4}}');
-- The same words in both tries.
SELECT * FROM pg_temp.orders('{{1,1,0,1},{1,2,0,2},{1,5,3,3},{1,1,0,4},{1,2,0,5}}');
-- The wrong base said again before the full image was begun is of the delta; said of the full image it is a failure.
SELECT * FROM pg_temp.orders('{{1,1,0,1},{1,5,2,2},{1,5,2,3},{1,1,0,4}}');
SELECT * FROM pg_temp.orders('{{1,1,0,1},{1,5,2,2},{1,1,0,3},{1,5,2,4}}');
-- A delta that failed otherwise stays a delta, although its device says later that the base was wrong.
SELECT * FROM pg_temp.orders('{{1,1,0,1},{1,5,1,2},{1,5,2,3},{1,1,0,4}}');
-- Several devices: two failures brake (0.3 of 6), whichever of them comes second; a third changes nothing.
SELECT * FROM pg_temp.orders('{{1,3,0,1},{1,5,1,2},{2,5,1,3},{3,5,7,4},{3,5,7,4},{4,8,0,5}}');
-- One failure, however often, does not.
SELECT * FROM pg_temp.orders('{{1,5,1,2},{1,5,1,2},{1,5,1,2},{2,4,0,3},{3,6,0,3},{4,9,0,4}}');
-- Two items: the action ends when the last of them does. Reports about both at once.
SELECT * FROM pg_temp.orders('{{7,1,0,1,0},{7,3,0,2,1},{7,5,1,3,1},{7,8,0,4,2},{7,8,0,4,2}}');
SELECT * FROM pg_temp.orders('{{7,9,0,2,0},{7,5,1,3,1},{7,1,0,1,2}}');
-- A rule that asks for the download only has what it asked for; what comes of it later is counted all the same.
SELECT * FROM pg_temp.orders('{{8,1,0,1},{8,2,0,2},{8,2,0,2},{8,3,0,3},{8,5,1,4}}');
SELECT * FROM pg_temp.orders('{{8,5,1,1},{8,1,0,2},{8,2,0,3}}');
-- Deferrals: the longest holds. Postponements: the last one does.
SELECT * FROM pg_temp.orders('{{1,6,0,1,1,600},{1,6,0,2,1,60},{1,7,0,3,1,3600},{1,7,0,4,1,60},{1,7,0,4,1,60}}');
SELECT * FROM pg_temp.orders('{{1,7,0,1,1,600},{1,5,1,2,1,0},{1,7,0,3,1,60},{1,6,0,4,1,60}}');
