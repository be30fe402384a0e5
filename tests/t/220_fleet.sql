-- SPDX-License-Identifier: PostgreSQL
--
-- A random tenant for 220_resolve_oracle.sh: few names, few digests and many rows, so that
-- rules, versions and histories meet in every way. Variables: seed (0 to 1), tenant, devices,
-- rules. Run as superuser with session_replication_role = replica, since the triggers would
-- refuse half of it: a resolver has to agree with its twin on whatever it finds.

SET session_replication_role = replica;
SELECT setseed(:seed) \g /dev/null

CREATE OR REPLACE FUNCTION pg_temp.pick(anyarray) RETURNS anyelement LANGUAGE sql VOLATILE AS
	'SELECT $1[1 + floor(random() * cardinality($1))::int]';
CREATE OR REPLACE FUNCTION pg_temp.payload() RETURNS bytea LANGUAGE sql VOLATILE AS
	'SELECT sha256(floor(random() * 14)::int::text::bytea)';
CREATE OR REPLACE FUNCTION pg_temp.version() RETURNS text LANGUAGE sql VOLATILE AS
	'SELECT pg_temp.pick(''{1.0,1.0.0,v1.0,1.1,1.0-rc.1,1.0b,2.0,2.0+x,10.0,trunk,2024-01-05,8f3a1c}''::text[])';
-- Around noon of 1 May 2053, on steps of five minutes, so that edges meet.
CREATE OR REPLACE FUNCTION pg_temp.instant() RETURNS timestamptz LANGUAGE sql VOLATILE AS
	$$SELECT CASE WHEN random() < 0.03 THEN 'infinity' WHEN random() < 0.03 THEN '-infinity'
		ELSE timestamptz '2053-05-01 12:00+00' + interval '5 min' * floor(random() * 40 - 20) END$$;

CREATE OR REPLACE FUNCTION pg_temp.range() RETURNS text LANGUAGE sql VOLATILE AS
	'SELECT pg_temp.pick(''{>=1.0,>=1.1,<2.0,>=1.0 <2.0,1.x,!=1.1,=1.1,2.0 || 1.0,>=1.0-rc.1,<=1.0b,*,2.x}''::text[])';
-- Ranges of some components, {} to {"app": .., "boot": ..}.
CREATE OR REPLACE FUNCTION pg_temp.ranges(share float) RETURNS jsonb LANGUAGE sql VOLATILE AS
	$$SELECT coalesce(jsonb_object_agg(c, pg_temp.range()), '{}')
	FROM unnest('{app,boot,radio,Sounds,a,stranger}'::text[]) c WHERE random() < $1$$;
CREATE OR REPLACE FUNCTION pg_temp.filter() RETURNS jsonpath LANGUAGE sql VOLATILE AS
	$$SELECT pg_temp.pick(ARRAY['$.tags[*] == "paid"', '$.attributes.floor > 3', 'exists($.contents.app)', '!exists($.batch)',
		'$.contents.boot.version == "1.1"', '$.year >= 2024', '$.model == "m1" || $.attributes.region starts with "e"',
		'$.contents.*.digest like_regex "^[0-7]"', '$.nothing == 1', '$.tags.size() > 1', '$.attributes.floor',
		'strict $.attributes.region == "eu"', '$.serial == $.name || $.name like_regex "[02468]$"'])::jsonpath$$;
CREATE OR REPLACE FUNCTION pg_temp.zone() RETURNS text LANGUAGE sql VOLATILE AS
	'SELECT pg_temp.pick(''{NULL,NULL,Europe/Berlin,America/New_York,Asia/Kolkata,Pacific/Chatham,Australia/Lord_Howe,UTC}''::text[])';

INSERT INTO fota.tenant (tenant_id, name) VALUES (:tenant, 't' || :tenant);
INSERT INTO fota.epoch (tenant_id, epoch) VALUES (:tenant, 7);
INSERT INTO fota.setting (tenant_id, name, value) SELECT :tenant, 'time_zone', z FROM pg_temp.zone() z WHERE z IS NOT NULL;
-- Classes of clients: the server's, the tenant's before it, and one that there is not.
INSERT INTO fota.client_class (tenant_id, client_class, max_chunks, name_like, can_remove)
SELECT :tenant, k, pg_temp.pick('{NULL,1,2}'::int[]), pg_temp.pick('{NULL,%,%.swu,app-_.%,%b_n,a%}'::text[]), random() < 0.5
FROM unnest('{swupdate,own}'::text[]) k WHERE k = 'own' OR random() < 0.4;
INSERT INTO fota.model (tenant_id, model, unknown_contents, client_class, time_zone)
SELECT :tenant, m, pg_temp.pick('{install,install,wait}'::text[]), pg_temp.pick('{NULL,NULL,NULL,NULL,swupdate,own,zephyr,gone}'::text[]), pg_temp.zone()
FROM unnest('{*,m1,m2,m3,"m 4"}'::text[]) m;
INSERT INTO fota.component (tenant_id, model, component, ordering, joint)
SELECT :tenant, m, c, pg_temp.pick('{version,version,version,version,opaque}'::text[]), random() < 0.6
FROM unnest('{*,m1,m2,m3,"m 4"}'::text[]) m, unnest('{app,boot,radio,Sounds,a}'::text[]) c
WHERE random() < 0.8;
INSERT INTO fota.image (tenant_id, model, component, version, build, state, payload_sha256, hw, slot)
SELECT :tenant, c.model, c.component, v, b,
	pg_temp.pick('{published,published,published,published,decoding,withdrawn,refused}'::text[]),
	pg_temp.payload(), pg_temp.pick('{NULL,NULL,NULL,"{h1}","{h2}","{h1,h2}","{}","{NULL,h3}"}'::text[])::text[],
	pg_temp.pick('{NULL,NULL,NULL,NULL,0,1}'::int[])
FROM fota.component c, unnest('{1.0,1.0.0,v1.0,1.1,1.0-rc.1,1.0b,2.0,2.0+x,10.0,trunk,2024-01-05,8f3a1c}'::text[]) v,
	unnest('{"",b,c}'::text[]) b
WHERE c.tenant_id = :tenant AND random() < CASE b WHEN '' THEN 0.7 ELSE 0.15 END;
-- All builds of a version require the same. A cautious tenant requires much, most require little.
UPDATE fota.image i SET requires = v.requires, floor = v.floor
FROM (SELECT model, component, version, random() < 0.1 AS floor,
		CASE WHEN random() < share THEN jsonb_strip_nulls(jsonb_build_object(
			'from', CASE WHEN random() < 0.5 THEN pg_temp.range() END,
			'from_absent', CASE WHEN random() < 0.4 THEN random() < 0.7 END,
			'components', CASE WHEN random() < 0.7 THEN pg_temp.ranges(0.25) END)) END AS requires
	FROM (SELECT DISTINCT model, component, version FROM fota.image WHERE tenant_id = :tenant) i,
		(SELECT pg_temp.pick('{0.1,0.4,0.7}'::float[]) AS share) s) v
WHERE i.tenant_id = :tenant AND (i.model, i.component, i.version) = (v.model, v.component, v.version);
UPDATE fota.image SET payload_sha256 = NULL WHERE tenant_id = :tenant AND state <> 'published' AND random() < 0.5;
UPDATE fota.image SET metadata = pg_temp.pick('{"{}","{\"file_name\": null}","{\"file_name\": \"a b\u00fc.swu\"}","{\"file_name\": \"app-1.bin\"}","{\"file_name\": \"\"}"}'::text[])::jsonb
WHERE tenant_id = :tenant AND random() < 0.6;
INSERT INTO fota.image_digest (tenant_id, model, component, version, build, kind, digest)
SELECT tenant_id, model, component, version, build, k,
	substr(pg_temp.payload() || sha256('more'), 1, pg_temp.pick('{8,9,20,32,64}'::int[]))
FROM fota.image, unnest('{esp,mcuboot}'::text[]) k WHERE tenant_id = :tenant AND random() < 0.2;
INSERT INTO fota.release (tenant_id, release) SELECT :tenant, 'r' || n FROM generate_series(1, 12) n;
INSERT INTO fota.release_item (tenant_id, release, model, component, version)
SELECT :tenant, r.release, c.model, c.component, CASE WHEN random() < 0.85 THEN pg_temp.version() END
FROM fota.release r, fota.component c
WHERE r.tenant_id = :tenant AND c.tenant_id = :tenant AND random() < 0.3;
INSERT INTO fota.rule (tenant_id, rule_id, name, release, model, years, batch, serial_from, serial_to, active_during,
	priority, state, seed, allow_downgrade, max_attempts, wait_for_delta, versions, filter, mode, download_in_window)
SELECT :tenant, :tenant * 1000 + n, 'rule ' || n, 'r' || 1 + floor(random() * 12), pg_temp.pick('{NULL,m1,m2,m3,"m 4"}'::text[]),
	pg_temp.pick('{NULL,NULL,"[2024,2024]","[2023,)","(,2024]"}'::text[])::int4range,
	pg_temp.pick('{NULL,NULL,NULL,B1,B2}'::text[]), f, CASE WHEN random() < 0.3 THEN f WHEN random() < 0.4 THEN
		pg_temp.pick('{S150,S99,T7,s,S007,S1000}'::text[]) END,
	CASE WHEN random() < 0.5 THEN tstzrange(CASE WHEN a > b THEN b ELSE a END, CASE WHEN a > b THEN a ELSE b END,
		pg_temp.pick('{[),[],(],()}'::text[])) END,
	floor(random() * 3), pg_temp.pick('{active,active,active,active,active,paused,draft,stopped}'::text[]),
	md5(random()::text), random() < 0.4, pg_temp.pick('{1,2,3}'::int[]), random() < 0.8,
	CASE WHEN random() < 0.15 THEN pg_temp.ranges(0.2) END, CASE WHEN random() < 0.15 THEN pg_temp.filter() END,
	pg_temp.pick('{forced,forced,soft,confirm,download_only}'::text[]), random() < 0.4
FROM (SELECT n, pg_temp.pick('{NULL,NULL,NULL,S7,S20,S100,S150,"T0007"}'::text[]) AS f,
		CASE WHEN random() < 0.8 THEN pg_temp.instant() END AS a, CASE WHEN random() < 0.8 THEN pg_temp.instant() END AS b
	FROM generate_series(1, :rules) n) x
WHERE a IS NULL OR b IS NULL OR a <> b;
UPDATE fota.rule SET serial_from_key = fota.serial_key(serial_from), serial_to_key = fota.serial_key(serial_to)
WHERE tenant_id = :tenant;
INSERT INTO fota.rollout_state (tenant_id, rule_id, wave, percent)
SELECT tenant_id, rule_id, w, pg_temp.pick('{0,10,25.5,50,99.99,100}'::numeric[])
FROM fota.rule, generate_series(0, 1) w WHERE tenant_id = :tenant AND random() < 0.35;
INSERT INTO fota.rollout_state (tenant_id, rule_id, wave, filter)
SELECT tenant_id, rule_id, 2, pg_temp.filter() FROM fota.rule WHERE tenant_id = :tenant AND random() < 0.1;
INSERT INTO fota.rollout_state (tenant_id, rule_id, wave, percent, per_stratum)
SELECT tenant_id, rule_id, 3, 10, true FROM fota.rule WHERE tenant_id = :tenant AND random() < 0.15;
INSERT INTO fota.rollout_stratum (tenant_id, rule_id, wave, model, year, threshold, population)
SELECT s.tenant_id, s.rule_id, s.wave, m, y, floor(random() * 4294967296)::bigint - 1, 1
FROM fota.rollout_state s, unnest('{m1,m2,"m 4"}'::text[]) m, unnest('{-1,2022,2023,2024}'::int[]) y
WHERE s.tenant_id = :tenant AND s.per_stratum AND random() < 0.8;
INSERT INTO fota.rule_window (tenant_id, rule_id, days, opens, closes)
SELECT tenant_id, rule_id, pg_temp.pick('{"{1,2,3,4,5,6,7}","{1,2,3,4,5,6,7}","{7}","{1,4}","{6,7}"}'::text[])::int[],
	pg_temp.pick('{00:00,02:00,02:30,11:00,12:00,22:00}'::time[]), pg_temp.pick('{00:00,02:30,03:00,06:00,12:00,22:00,24:00}'::time[])
FROM fota.rule, generate_series(1, 2) w WHERE tenant_id = :tenant AND random() < 0.2 ON CONFLICT DO NOTHING;

INSERT INTO fota.device (tenant_id, device_id, model, serial, serial_key, name, year, batch, postponed_until, time_zone,
	tags, attributes)
SELECT :tenant, n, m, s, fota.serial_key(s), 'd' || n, CASE WHEN random() < 0.8 THEN 2022 + floor(random() * 4) END,
	pg_temp.pick('{NULL,B1,B2,B3}'::text[]), CASE WHEN random() < 0.1 THEN pg_temp.instant() END, pg_temp.zone(),
	pg_temp.pick('{"{}","{}","{paid}","{paid,test}"}'::text[])::text[],
	pg_temp.pick(ARRAY['{}', '{"floor": 2}', '{"floor": 7, "region": "eu"}', '{"floor": "4", "region": null}'])::jsonb
FROM (SELECT n, pg_temp.pick('{m1,m2,m3,"m 4"}'::text[]) AS m, pg_temp.pick('{S,S,S,S0,T,T00,s}'::text[]) || n AS s
	FROM generate_series(1, :devices) n) x;
INSERT INTO fota.rule_device (tenant_id, rule_id, device_id)
SELECT :tenant, r.rule_id, d.device_id FROM fota.rule r, fota.device d
WHERE r.tenant_id = :tenant AND d.tenant_id = :tenant AND r.rule_id % 7 = 0 AND random() < 0.3;
INSERT INTO fota.device_contents (tenant_id, device_id, component, present, version, digest, slot)
SELECT :tenant, device_id, c, random() < 0.85,
	CASE WHEN random() < 0.8 THEN pg_temp.version() WHEN random() < 0.2 THEN E'b\u00fc\u0001 0.1' END,
	CASE WHEN random() < 0.5 THEN substr(pg_temp.payload(), 1, pg_temp.pick('{8,12,32}'::int[]))
		WHEN random() < 0.1 THEN sha256('unheard of') END,
	pg_temp.pick('{NULL,NULL,0,1,2}'::int[])
FROM fota.device, unnest('{app,boot,radio,Sounds,a,stranger}'::text[]) c
WHERE tenant_id = :tenant AND random() < 0.7;
INSERT INTO fota.device_report_state (tenant_id, device_id, accept, hw)
SELECT :tenant, device_id, pg_temp.pick(
		'{NULL,"{}","{\"formats\": [[0], [1]]}","{\"formats\": [[1]]}","{\"formats\": [[1]]}","{\"formats\": [[4, 1]], \"flags\": 1}","{\"flags\": 3}"}'::text[])::jsonb,
	pg_temp.pick('{NULL,h1,h2,h3}'::text[])
FROM fota.device WHERE tenant_id = :tenant AND random() < 0.85;
INSERT INTO fota.action (tenant_id, device_id, action, state, epoch, opened_at, seen_at, closed_at)
SELECT :tenant, device_id, a, s, 7 - floor(random() * 2), now(), now(), CASE WHEN s NOT IN ('open', 'superseded') THEN now() END
FROM (SELECT device_id, a, CASE WHEN a = 4 THEN pg_temp.pick('{open,superseded}'::text[])
			ELSE pg_temp.pick('{finished,finished,failed,cancelled,lost}'::text[]) END AS s
	FROM fota.device, generate_series(1, 4) a WHERE tenant_id = :tenant AND random() < 0.6) x;
INSERT INTO fota.action_item (tenant_id, device_id, action, item, rule_id, component, verb, version, from_version, state,
	forgiven, changed_at, closed_at)
SELECT :tenant, a.device_id, a.action, i, :tenant * 1000 + 1 + floor(random() * :rules), c, CASE WHEN v IS NULL THEN 'remove' ELSE 'install' END,
	v, CASE WHEN random() < 0.9 THEN pg_temp.version() END,
	pg_temp.pick('{offered,downloading,downloaded,installed,confirmed,confirmed,failed,failed,failed,declined,cancelled}'::text[]),
	random() < 0.1, now(), CASE WHEN random() < 0.95 THEN pg_temp.instant() END
FROM fota.action a, generate_series(1, 3) i,
	LATERAL (SELECT pg_temp.pick('{app,boot,radio,Sounds,a}'::text[]) AS c,
		CASE WHEN i + a.action > 0 AND random() < 0.9 THEN pg_temp.version() END AS v) x
WHERE a.tenant_id = :tenant;
INSERT INTO fota.delta (tenant_id, source, target, format, state, sha256, size, requested_at)
SELECT :tenant, s, t, '{1}', x, CASE x WHEN 'ready' THEN s END, CASE x WHEN 'ready' THEN 1 END, pg_temp.instant()
FROM (SELECT sha256(n::text::bytea) AS s, sha256(m::text::bytea) AS t,
		pg_temp.pick('{wanted,wanted,ready,failed,withdrawn}'::text[]) AS x
	FROM generate_series(0, 13) n, generate_series(0, 13) m WHERE random() < 0.6) d;
