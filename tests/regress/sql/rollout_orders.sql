-- The order in which reports arrive does not matter, nor how often: with their instants fixed, all orders of a set of
-- reports, some of them twice, end in the same state of items, actions, report rows, counts and rule.

SELECT fota.add_model('lamp', '{app}');
SELECT fota.add_image('lamp', 'app', v, convert_to(repeat('app ' || v, 40), 'UTF8'), '{"format": "raw"}') FROM unnest('{1.0,1.1}'::text[]) v;
SELECT fota.add_release('r', 'lamp', '{"app": "1.1"}');
INSERT INTO fota.device (model, serial) SELECT 'lamp', 'L' || n FROM generate_series(1, 6) n;
INSERT INTO fota.rule (name, release, model) VALUES ('r', 'r', 'lamp');
INSERT INTO fota.rollout (rule_id, min_failures) SELECT rule_id, 2 FROM fota.rule;
INSERT INTO fota.wave (rule_id, wave, percent, pause_at) SELECT rule_id, 1, 100, 0.3 FROM fota.rule;
SELECT fota.start_rollout('r', '2099-01-01');
-- All of them report a digest from which a delta is ready, and get it.
INSERT INTO fota.blob (sha256, size, blob_id) VALUES (sha256('a delta'), 7, nextval('fota.blob_id'));
INSERT INTO fota.blob_chunk (blob_id, chunk_no, data) SELECT blob_id, 0, 'a delta' FROM fota.blob WHERE sha256 = sha256('a delta');
INSERT INTO fota.delta (source, target, format, state, sha256, size)
SELECT s.payload_sha256, t.payload_sha256, '{1}', 'ready', sha256('a delta'), 7 FROM fota.image s, fota.image t WHERE s.version = '1.0' AND t.version = '1.1';
SELECT count(o.action) FROM fota.device d
CROSS JOIN LATERAL (SELECT status FROM fota_device.inventory(1, d.device_id, jsonb_build_object('app', jsonb_build_object('digest',
	(SELECT encode(payload_sha256, 'hex') FROM fota.image WHERE version = '1.0'))), '{"formats": [[0], [1]]}', NULL, NULL, NULL, 'native', '2099-01-01')) i
CROSS JOIN LATERAL fota_device.open_action(1, d.device_id, 'https', '2099-01-01') o WHERE i.status = 'ok';
SELECT DISTINCT format, state FROM fota.action_item;

-- A report: device, state, code, minute. Takes them in this order, tells the state, and forgets all again.
CREATE FUNCTION pg_temp.ends(reports int[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	v_state text;
	r int[];
BEGIN
	BEGIN
		FOREACH r SLICE 1 IN ARRAY $1 LOOP
			PERFORM FROM fota_device.report(1, r[1], NULL, 1, 1, r[2], nullif(r[3], 0), NULL, NULL, NULL, '2099-01-01'::timestamptz + r[4] * interval '1 min');
		END LOOP;
		SELECT concat_ws(E'\n', (SELECT string_agg(format('L%s %s %s %s try %s at %s', a.device_id, a.state, i.state, i.code, i.try,
				to_char(i.changed_at, 'MI')), E'\n' ORDER BY a.device_id)
			FROM fota.action a JOIN fota.action_item i USING (tenant_id, device_id, action)
			WHERE EXISTS (SELECT FROM fota.report p WHERE p.device_id = a.device_id)),
			(SELECT 'reports ' || string_agg(format('%s.%s.%s.%s.%s', device_id, try, state, code, to_char(at, 'MI')), ' ' ORDER BY device_id, try, state, code, at) FROM fota.report),
			(SELECT format('failed %s succeeded %s lost %s, rule %s', count(failed_at), count(succeeded_at), count(lost_at), (SELECT state FROM fota.rule)) FROM fota.rollout_device))
		INTO v_state;
		RAISE EXCEPTION USING ERRCODE = 'UF999';
	EXCEPTION WHEN SQLSTATE 'UF999' THEN
		NULL;
	END;
	RETURN v_state;
END
$$;
-- All orders of a set of reports.
CREATE FUNCTION pg_temp.orders(reports int[]) RETURNS TABLE (orders bigint, ends bigint, state text) LANGUAGE sql AS $$
	WITH RECURSIVE one AS (SELECT n, $1[n:n][:] AS report FROM generate_subscripts($1, 1) n),
	path AS (
		SELECT ARRAY[n] AS taken, report AS reports FROM one
		UNION ALL SELECT p.taken || o.n, p.reports || o.report FROM path p JOIN one o ON o.n <> ALL (p.taken)
	),
	ended AS (SELECT pg_temp.ends(p.reports) AS state FROM path p WHERE cardinality(p.taken) = array_length($1, 1))
	SELECT count(*), count(DISTINCT state), min(state) FROM ended $$;

-- A device downloads, installs and fails; it says the last word twice. The other way round it would be installed.
SELECT * FROM pg_temp.orders('{{1,1,0,1},{1,2,0,2},{1,3,0,3},{1,5,1,4},{1,5,1,4}}');
SELECT * FROM pg_temp.orders('{{1,1,0,1},{1,2,0,2},{1,3,0,3},{1,4,0,4},{1,4,0,4}}');
-- A delta that had the wrong base, and then the full image: what was said before belongs to the first try.
SELECT * FROM pg_temp.orders('{{1,1,0,1},{1,5,2,2},{1,5,2,2},{1,2,0,3},{1,3,0,4}}');
-- Several devices: two failures brake (0.3 of 6), whichever of them comes second; a third changes nothing.
SELECT * FROM pg_temp.orders('{{1,3,0,1},{1,5,1,2},{2,5,1,3},{3,5,7,4},{3,5,7,4},{4,8,0,5}}');
-- One failure, however often, does not.
SELECT * FROM pg_temp.orders('{{1,5,1,2},{1,5,1,2},{1,5,1,2},{2,4,0,3},{3,6,0,3},{4,9,0,4}}');
