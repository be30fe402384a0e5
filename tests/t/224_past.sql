-- SPDX-License-Identifier: PostgreSQL
--
-- For 224_past.sh: a small fleet and pg_temp.step(), which makes one random change to it, of the catalogue or of
-- devices, as operators and devices make them: through the triggers. closed: nothing is left to COMMIT. Variable: seed (0 to 1).

SELECT setseed(:seed) \g /dev/null
CREATE FUNCTION pg_temp.pick(anyarray) RETURNS anyelement LANGUAGE sql VOLATILE AS
	'SELECT $1[1 + floor(random() * cardinality($1))::int]';
CREATE FUNCTION pg_temp.version() RETURNS text LANGUAGE sql VOLATILE AS 'SELECT pg_temp.pick(''{1.0,1.1,1.2,2.0}''::text[])';
CREATE FUNCTION pg_temp.rule(text[]) RETURNS text LANGUAGE sql VOLATILE AS
	'SELECT name FROM fota.rule WHERE state = ANY ($1) ORDER BY random() LIMIT 1';
CREATE FUNCTION pg_temp.device() RETURNS bigint LANGUAGE sql VOLATILE AS 'SELECT device_id FROM fota.device ORDER BY random() LIMIT 1';

SELECT fota.add_model(m, '{app,boot}') FROM unnest('{m1,m2}'::text[]) m;
SELECT fota.add_image(m, c, v, convert_to(concat_ws(' ', m, c, v), 'UTF8'), '{"format": "raw"}')
FROM unnest('{m1,m2}'::text[]) m, unnest('{app,boot}'::text[]) c, unnest('{1.0,1.1,1.2,2.0}'::text[]) v;
UPDATE fota.image SET requires = '{"from": ">=1.1"}' WHERE model = 'm1' AND component = 'app' AND version = '2.0';
UPDATE fota.image SET requires = '{"components": {"boot": ">=1.1"}}' WHERE model = 'm2' AND component = 'app' AND version = '1.2';
INSERT INTO fota.client_class (client_class, name_like) VALUES ('own', '%-1.0.bin');
INSERT INTO fota.release (release) SELECT 'r' || n FROM generate_series(1, 6) n;
INSERT INTO fota.release_item (release, model, component, version)
SELECT 'r' || n, m, 'app', pg_temp.version() FROM generate_series(1, 6) n, unnest('{m1,m2}'::text[]) m;
INSERT INTO fota.device (model, serial, year, batch, tags) SELECT 'm' || 1 + n % 2, 'S' || n, 2020 + n % 3, 'B' || n % 2, CASE WHEN n % 3 = 0 THEN '{paid}' ELSE '{}' END::text[]
FROM generate_series(1, 12) n;
INSERT INTO fota.rule (name, release, model, priority) VALUES ('first', 'r1', NULL, 0), ('second', 'r2', 'm1', 1), ('third', 'r3', 'm2', 2);
SELECT fota.start_rollout(name) FROM fota.rule;
CREATE TEMPORARY TABLE seen (t timestamptz, k bigint, r jsonb);

CREATE FUNCTION pg_temp.step(closed boolean) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	v_device bigint := pg_temp.device();
	-- Of devices nothing is in the catalogue, which alone an open change is about.
	v_what int := floor(random() * CASE WHEN $1 THEN 36 ELSE 18 END);
	v_said text;
BEGIN
	CASE v_what
	WHEN 0, 1, 2 THEN
		INSERT INTO fota.rule (name, release, model, batch, years, filter, versions, priority, mode, max_attempts, wait_for_delta)
		VALUES ('rule ' || 1 + (SELECT count(*) FROM fota.row_version WHERE relation = 'rule'), 'r' || 1 + floor(random() * 6),
			pg_temp.pick('{NULL,m1,m2}'::text[]), pg_temp.pick('{NULL,B0,B1}'::text[]), pg_temp.pick('{NULL,"[2021,)"}'::text[])::int4range,
			pg_temp.pick('{NULL,NULL,"$.tags[*] == \"paid\""}'::text[])::jsonpath,
			pg_temp.pick('{NULL,NULL,NULL,"{\"app\": \">=1.0\"}"}'::text[])::jsonb, floor(random() * 3),
			pg_temp.pick('{forced,forced,soft,confirm}'::text[]), 2, random() < 0.5)
		RETURNING name INTO v_said;
		PERFORM fota.start_rollout(v_said);
	WHEN 3 THEN PERFORM fota.stop_rollout(pg_temp.rule('{active,paused}'));
	WHEN 4 THEN PERFORM fota.pause_rollout(pg_temp.rule('{active}'));
	WHEN 5 THEN PERFORM fota.resume_rollout(pg_temp.rule('{paused}'));
	WHEN 6 THEN DELETE FROM fota.rule WHERE name = pg_temp.rule('{stopped,draft}');
	WHEN 7 THEN UPDATE fota.rule SET priority = floor(random() * 5), allow_downgrade = random() < 0.5, release = 'r' || 1 + floor(random() * 6)
		WHERE name = pg_temp.rule('{active}');
	WHEN 8 THEN UPDATE fota.rule SET versions = pg_temp.pick('{NULL,"{\"boot\": \">=1.1\"}"}'::text[])::jsonb,
			active_during = pg_temp.pick(ARRAY[NULL, tstzrange('2001-01-01', NULL), tstzrange(now(), now() + interval '1 h')])
		WHERE name = pg_temp.rule('{active}');
	WHEN 9 THEN UPDATE fota.image SET state = CASE state WHEN 'published' THEN 'withdrawn' ELSE 'published' END
		WHERE version = pg_temp.version() AND model = 'm1';
	WHEN 10 THEN UPDATE fota.image SET requires = pg_temp.pick('{NULL,"{\"from\": \">=1.1\"}","{\"components\": {\"boot\": \"1.x\"}}"}'::text[])::jsonb,
			floor = random() < 0.2 WHERE version = pg_temp.version() AND component = 'app';
	WHEN 11 THEN
		INSERT INTO fota.release_item (release, model, component, version)
		VALUES ('r' || 1 + floor(random() * 6), pg_temp.pick('{m1,m2,*}'::text[]), pg_temp.pick('{app,boot}'::text[]), pg_temp.pick('{1.0,1.1,1.2,2.0,NULL}'::text[]))
		ON CONFLICT (tenant_id, release, model, component) DO UPDATE SET version = excluded.version;
	WHEN 12 THEN DELETE FROM fota.release_item WHERE component = 'boot' AND random() < 0.3;
	WHEN 13 THEN
		INSERT INTO fota.rule_device (rule_id, device_id) SELECT rule_id, v_device FROM fota.rule WHERE name = pg_temp.rule('{active,draft}') ON CONFLICT DO NOTHING;
	WHEN 14 THEN DELETE FROM fota.rule_device WHERE random() < 0.5;
	WHEN 15 THEN
		INSERT INTO fota.rule_window (rule_id, days, opens, closes)
		SELECT rule_id, '{1,2,3,4,5,6,7}', pg_temp.pick('{00:00,06:00,12:00}'::time[]), pg_temp.pick('{01:00,18:00,24:00}'::time[])
		FROM fota.rule WHERE name = pg_temp.rule('{active}') ON CONFLICT DO NOTHING;
		UPDATE fota.rule SET download_in_window = random() < 0.5 WHERE name = pg_temp.rule('{active}');
	WHEN 16 THEN DELETE FROM fota.rule_window WHERE random() < 0.5;
	WHEN 17 THEN
		UPDATE fota.model SET unknown_contents = pg_temp.pick('{install,wait}'::text[]), time_zone = pg_temp.pick('{NULL,Europe/Berlin}'::text[]),
			client_class = pg_temp.pick('{NULL,swupdate,own}'::text[]) WHERE model = 'm2';
		INSERT INTO fota.client_class (client_class, name_like, can_remove)
		VALUES (pg_temp.pick('{own,swupdate}'::text[]), pg_temp.pick('{NULL,%.bin,app-1%}'::text[]), random() < 0.5)
		ON CONFLICT (tenant_id, client_class) DO UPDATE SET name_like = excluded.name_like, can_remove = excluded.can_remove;
		INSERT INTO fota.setting (tenant_id, name, value) VALUES (1, pg_temp.pick('{time_zone,delta_wait}'::text[]), '2 h') ON CONFLICT DO NOTHING;
		UPDATE fota.setting SET value = CASE name WHEN 'delta_wait' THEN pg_temp.pick('{1 s,2 h}'::text[]) ELSE pg_temp.pick('{UTC,Asia/Tokyo}'::text[]) END
		WHERE name IN ('time_zone', 'delta_wait') AND random() < 0.5;
	WHEN 18 THEN
		UPDATE fota.device SET batch = pg_temp.pick('{B0,B1,NULL}'::text[]), tags = pg_temp.pick('{"{}","{paid}"}'::text[])::text[],
			postponed_until = pg_temp.pick(ARRAY[NULL, NULL, now() + interval '1 h']) WHERE device_id = v_device;
	WHEN 19 THEN
		IF random() < 0.5 THEN
			DELETE FROM fota.device d WHERE d.device_id = v_device AND NOT EXISTS (SELECT FROM fota.action a WHERE a.device_id = v_device);
		END IF;
		INSERT INTO fota.device (model, serial, year) VALUES ('m1', 'X' || (SELECT count(*) FROM fota.device_history), 2021);
	WHEN 20, 21, 26, 27 THEN
		SELECT status INTO v_said FROM fota_device.inventory(1, v_device, (SELECT jsonb_object_agg(c, CASE WHEN random() < 0.5 THEN jsonb_build_object('version', pg_temp.version())
				WHEN random() < 0.8 THEN (SELECT jsonb_build_object('version', i.version, 'digest', encode(i.payload_sha256, 'hex')) FROM fota.image i JOIN fota.device d USING (model)
					WHERE d.device_id = v_device AND i.component = c ORDER BY random() LIMIT 1) END) FROM unnest('{app,boot}'::text[]) c WHERE random() < 0.7),
			pg_temp.pick('{NULL,"{\"formats\": [[0], [1]]}","{\"formats\": [[0]]}"}'::text[])::jsonb, '{"floor": 3}', NULL, pg_temp.pick('{NULL,h1}'::text[]), 'native', now());
	WHEN 28, 29, 30 THEN
		-- It has what it must have.
		SELECT string_agg(i.status, ' ') INTO v_said FROM fota.device d CROSS JOIN LATERAL (
				SELECT jsonb_object_agg(r.component, jsonb_build_object('version', r.version)) AS contents
				FROM fota.resolve(1, d.device_id, now()) r WHERE r.component IS NOT NULL AND r.version IS NOT NULL) r,
			fota_device.inventory(1, d.device_id, r.contents, NULL, NULL, NULL, NULL, 'native', now()) i
		WHERE r.contents IS NOT NULL AND random() < 0.3;
	WHEN 22, 31, 32 THEN SELECT string_agg(o.status, ' ') INTO v_said FROM fota.device d, fota_device.open_action(1, d.device_id, 'native', now()) o
		WHERE random() < 0.4;
	WHEN 23, 24, 33, 34 THEN
		SELECT string_agg(r.status, ' ') INTO v_said FROM fota.action a, fota_device.report(1, a.device_id, NULL, a.action, NULL, pg_temp.pick('{1,2,3,4,5,5,5,8}'::int[]),
			NULL, NULL, NULL, NULL, now()) r WHERE a.state IN ('open', 'superseded') AND random() < 0.6;
	ELSE
		IF random() < 0.5 THEN
			PERFORM fota.clear_failures(d.name) FROM fota.device d JOIN fota.action_item i USING (device_id) WHERE i.state = 'failed' AND NOT i.forgiven;
		ELSE
			UPDATE fota.delta SET state = pg_temp.pick('{failed,ready,withdrawn}'::text[]), sha256 = source, size = 5 WHERE random() < 0.7;
		END IF;
	END CASE;
	IF $1 THEN
		-- What COMMIT would refuse is refused here.
		SET CONSTRAINTS ALL IMMEDIATE;
	END IF;
	RETURN concat_ws(' ', v_what, v_said);
EXCEPTION WHEN OTHERS THEN
	RETURN concat_ws(' ', v_what, 'refused:', SQLSTATE, SQLERRM);
END $$;
