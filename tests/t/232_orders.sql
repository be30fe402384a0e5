-- SPDX-License-Identifier: PostgreSQL
--
-- Devices with an open action, and what a set of reports about it ends in: for 232_report_orders.sh. L1 and L2 travel
-- with a delta, L3 and L4 with the whole image, L5 and L6 have two items; L7 and L8 follow a rule that asks for the
-- download only, L7 with a delta. soft: users may postpone.

SELECT fota.add_model('lamp', '{app,sounds}');
SELECT fota.add_image('lamp', 'app', v, convert_to(repeat('app ' || v, 40), 'UTF8'), '{"format": "raw"}') FROM unnest('{1.0,1.1}'::text[]) v;
SELECT fota.add_image('lamp', 'sounds', '7', 'ding', '{"format": "raw"}');
SELECT fota.add_release('app', 'lamp', '{"app": "1.1"}'), fota.add_release('both', 'lamp', '{"app": "1.1", "sounds": "7"}');
INSERT INTO fota.device (model, serial, batch) SELECT 'lamp', 'L' || n, CASE WHEN n IN (5, 6) THEN 'both' WHEN n > 6 THEN 'only' ELSE 'app' END FROM generate_series(1, 8) n;
INSERT INTO fota.blob (sha256, size, blob_id) VALUES (sha256('a delta'), 7, nextval('fota.blob_id'));
INSERT INTO fota.blob_chunk (blob_id, chunk_no, data) SELECT blob_id, 0, 'a delta' FROM fota.blob WHERE sha256 = sha256('a delta');
INSERT INTO fota.delta (source, target, format, state, sha256, size)
SELECT s.payload_sha256, t.payload_sha256, '{1}', 'ready', sha256('a delta'), 7 FROM fota.image s, fota.image t WHERE s.version = '1.0' AND t.version = '1.1';
INSERT INTO fota.rule (name, release, model, batch, mode, max_postpone) VALUES ('app', 'app', 'lamp', 'app', 'soft', '1 h'), ('both', 'both', 'lamp', 'both', 'soft', NULL),
	('only', 'app', 'lamp', 'only', 'download_only', NULL);
INSERT INTO fota.rollout (rule_id, min_failures) SELECT rule_id, 2 FROM fota.rule;
INSERT INTO fota.wave (rule_id, wave, percent, pause_at) SELECT rule_id, 1, 100, 0.3 FROM fota.rule;
SELECT fota.start_rollout(name, '2099-01-01') FROM fota.rule;
SELECT count(o.action) FROM fota.device d
CROSS JOIN LATERAL (SELECT status FROM fota_device.inventory(1, d.device_id, jsonb_build_object('app', jsonb_build_object('digest',
		(SELECT encode(payload_sha256, 'hex') FROM fota.image WHERE version = '1.0'))),
	CASE WHEN d.device_id IN (3, 4) THEN '{"formats": [[0]]}' ELSE '{"formats": [[0], [1]]}' END::jsonb, NULL, NULL, NULL, 'native', '2099-01-01')) i
CROSS JOIN LATERAL fota_device.open_action(1, d.device_id, 'https', '2099-01-01') o WHERE i.status = 'ok';

-- Everything that reports can change, but the log of events, the epoch, and when the next tick looks.
CREATE FUNCTION public.state() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(E'\n',
		(SELECT string_agg((to_jsonb(a) - 'due_at')::text, E'\n' ORDER BY a.device_id) FROM fota.action a WHERE EXISTS (SELECT FROM fota.report p WHERE p.device_id = a.device_id)),
		(SELECT string_agg(i::text, E'\n' ORDER BY i.device_id, i.item) FROM fota.action_item i WHERE EXISTS (SELECT FROM fota.report p WHERE p.device_id = i.device_id)),
		(SELECT string_agg(p::text, E'\n' ORDER BY p.device_id, p.item, p.try, p.state, p.code, p.seconds) FROM fota.report p),
		(SELECT string_agg(x::text, E'\n' ORDER BY x.device_id, x.rule_id) FROM fota.rollout_device x WHERE EXISTS (SELECT FROM fota.report p WHERE p.device_id = x.device_id)),
		(SELECT string_agg(concat_ws(' ', r.name, r.state, s.braked_at), E'\n' ORDER BY r.name) FROM fota.rule r JOIN fota.rollout_state s USING (rule_id) WHERE s.wave = 1),
		(SELECT string_agg(concat_ws(' ', d.name, d.postponed_until), E'\n' ORDER BY d.device_id) FROM fota.device d WHERE d.postponed_until IS NOT NULL)) $$;
-- A report: device, item (0 = all), state, code, seconds, minute. Takes them in this order, says the state, and forgets all again.
CREATE FUNCTION public.ends(reports int[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	v_state text;
	r int[];
BEGIN
	BEGIN
		FOREACH r SLICE 1 IN ARRAY $1 LOOP
			PERFORM FROM fota_device.report(1, r[1], NULL, 1, nullif(r[2], 0), r[3], nullif(r[4], 0), NULL, nullif(r[5], 0), NULL, '2099-01-01'::timestamptz + r[6] * interval '1 min');
		END LOOP;
		v_state := public.state();
		RAISE EXCEPTION USING ERRCODE = 'UF999';
	EXCEPTION WHEN SQLSTATE 'UF999' THEN
		NULL;
	END;
	RETURN v_state;
END
$$;
