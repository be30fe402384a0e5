-- What cannot work is refused by the end of the transaction at the latest: with a constraint that has a name, the column, and
-- what to write instead.

SELECT fota.add_model('lamp', '{app,sounds}'), fota.add_model('horn', '{app}'), fota.add_model('git', '{}');
INSERT INTO fota.component (model, component, ordering) VALUES ('git', 'app', 'opaque');
SELECT fota.add_image('lamp', 'app', v, convert_to(v, 'UTF8'), '{"format": "raw"}') FROM unnest('{1.0,2.0,3.0}'::text[]) v;
SELECT fota.add_image('horn', 'app', '9.0', 'horn', '{"format": "raw"}'), fota.add_image('git', 'app', '8f3a', 'git', '{"format": "raw"}');
SELECT fota.add_release('r', 'lamp', '{"app": "2.0"}'), fota.add_release('r', 'git', '{"app": "8f3a"}');
INSERT INTO fota.device (model, serial, year, batch) VALUES ('lamp', 'SN9', 2024, 'B1'), ('horn', 'H1', 2024, 'B1');
INSERT INTO fota.rule (name, release, model) VALUES ('base', 'r', 'lamp');
SELECT fota.start_rollout('base');
INSERT INTO fota.rule (name, release, model) VALUES ('waves', 'r', 'lamp');

-- What a statement is refused with, when it is tried with all deferred constraints checked at its end.
CREATE FUNCTION pg_temp.refused(statement text) RETURNS TABLE (refusal text) LANGUAGE plpgsql AS $$
DECLARE
	v_constraint text; v_table text; v_column text; v_detail text; v_hint text;
BEGIN
	EXECUTE $1;
	SET CONSTRAINTS ALL IMMEDIATE;
	RAISE EXCEPTION 'accepted' USING ERRCODE = 'UF999';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME, v_table = TABLE_NAME, v_column = COLUMN_NAME,
		v_detail = PG_EXCEPTION_DETAIL, v_hint = PG_EXCEPTION_HINT;
	RETURN QUERY VALUES (SQLERRM), (format('  %s, %s, %s.%s', SQLSTATE, v_constraint, v_table, v_column)), ('  ' || v_detail), ('  ' || v_hint);
END
$$;
\pset tuples_only on
\pset format unaligned

-- A rule without a release, and of a release or model that there is not.
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, model) VALUES ('x', 'lamp')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release) VALUES ('x', 'winter')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, model) VALUES ('x', 'r', 'lmap')$$);
SELECT * FROM pg_temp.refused($$UPDATE fota.rule SET release = 'winter' WHERE name = 'base'$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (tenant_id, name, release) VALUES (99, 'x', 'r')$$);
SELECT * FROM pg_temp.refused($$UPDATE fota.rule SET tenant_id = 99 WHERE name = 'waves'$$);

-- What a rule names stays; it may have another name when the rule follows before the end of the transaction.
SELECT * FROM pg_temp.refused($$DELETE FROM fota.release WHERE release = 'r'$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, model) VALUES ('x', 'r', 'git'); DELETE FROM fota.release_item WHERE model = 'git';
	DELETE FROM fota.image WHERE model = 'git'; DELETE FROM fota.component WHERE model = 'git'; DELETE FROM fota.model WHERE model = 'git'$$);
SELECT * FROM pg_temp.refused($$DELETE FROM fota.rule WHERE name = 'waves'; SELECT fota.stop_rollout('base'); DELETE FROM fota.release_item;
	UPDATE fota.release SET release = 't' WHERE release = 'r'$$);
SELECT * FROM pg_temp.refused($$DELETE FROM fota.release_item; UPDATE fota.release SET release = 't' WHERE release = 'r'; UPDATE fota.rule SET release = 't';
	INSERT INTO fota.release_item (release, model, component, version) VALUES ('t', 'lamp', 'app', '2.0')$$);

-- An item whose image is of another model; a release that fits no model that its rule covers, now or after it has changed.
SELECT * FROM pg_temp.refused($$INSERT INTO fota.release_item (release, model, component, version) VALUES ('r', 'horn', 'app', '1.0')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, model) VALUES ('x', 'r', 'horn')$$);
SELECT * FROM pg_temp.refused($$DELETE FROM fota.release_item WHERE model = 'lamp'$$);
SELECT * FROM pg_temp.refused($$UPDATE fota.rule SET model = 'horn' WHERE name = 'base'$$);

-- A tie with a rule that is active, whichever of the two is changed.
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, model) VALUES ('twin', 'r', 'lamp'); SELECT fota.start_rollout('twin')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, model, priority) VALUES ('twin', 'r', 'lamp', 1); SELECT fota.start_rollout('twin');
	UPDATE fota.rule SET priority = 0 WHERE name = 'twin'$$);

-- A floor that no chain reaches.
SELECT * FROM pg_temp.refused($$UPDATE fota.image SET floor = true, requires = '{"from": ">=5"}' WHERE model = 'lamp' AND version = '2.0'$$);
-- An opaque component has neither floors nor an order.
SELECT * FROM pg_temp.refused($$UPDATE fota.image SET floor = true WHERE model = 'git'$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, model, versions) VALUES ('x', 'r', 'git', '{"app": ">8f3a"}')$$);

-- Scopes that cover nothing.
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, years) VALUES ('x', 'r', '[2025,2025)')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, years) VALUES ('x', 'r', '[24,25]')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, serial_from, serial_to) VALUES ('x', 'r', 'SN10', 'SN9')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, serial_from) VALUES ('x', 'r', '')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, batch) VALUES ('x', 'r', '')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, active_during) VALUES ('x', 'r', '[2099-01-01,2099-01-01)')$$);
SELECT * FROM pg_temp.refused($$UPDATE fota.rule SET years = '[24,25]' WHERE name = 'base'$$);
-- Devices that are listed, none of them in the scope; one that is will do.
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule_device (rule_id, device_id) SELECT r.rule_id, d.device_id FROM fota.rule r, fota.device d WHERE r.name = 'base' AND d.serial = 'H1'$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule_device (rule_id, device_id) SELECT r.rule_id, d.device_id FROM fota.rule r, fota.device d WHERE r.name = 'base' AND d.serial = 'SN9';
	UPDATE fota.rule SET serial_from = 'SN10', serial_to = 'SN20' WHERE name = 'base'$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule_device (rule_id, device_id) SELECT r.rule_id, d.device_id FROM fota.rule r, fota.device d WHERE r.name = 'base'$$);

-- Ranges of versions: malformed, of no component, and those that no version can meet. The last two can be met.
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, versions) VALUES ('x', 'r', '[">=1"]')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, versions) VALUES ('x', 'r', '{"app": 1}')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, versions) VALUES ('x', 'r', '{"app": ">=1.4 and <3"}')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, model, versions) VALUES ('x', 'r', 'lamp', '{"radio": ">=1"}')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, versions) VALUES ('x', 'r', '{"app": ">=3 <2"}')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, versions) VALUES ('x', 'r', '{"app": "1.x >=2 || =1.4 !=1.4"}')$$);
SELECT * FROM pg_temp.refused($$UPDATE fota.image SET requires = '{"from": ">2 <=2"}' WHERE model = 'lamp' AND version = '3.0'$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, versions) VALUES ('x', 'r', '{"app": ">1.0 <1.0.1", "sounds": "<1 || >1"}')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, versions) VALUES ('x', 'r', '{"app": ">2024-01-02 <2024-01-03 || >=3 <2"}')$$);

-- Filters: a predicate it must be, and one that does not compare versions as texts.
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, filter) VALUES ('x', 'r', '$.tags')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, filter) VALUES ('x', 'r', '$.contents.app.version < "2.0"')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, filter) VALUES ('x', 'r', 'strict $.tags[*] == "a"')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.wave (rule_id, wave, filter) SELECT rule_id, 1, '$.tags' FROM fota.rule WHERE name = 'waves'$$);

-- Of many rows in a statement each is judged, and the one that is wrong is named.
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, model, versions) SELECT 'x' || n, 'r', 'lamp',
	CASE n WHEN 777 THEN '{"app": ">=3 <2"}' ELSE '{"app": ">=1"}' END::jsonb FROM generate_series(1, 1000) n$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, model) SELECT 'x' || n, 'r', CASE n WHEN 777 THEN 'horn' ELSE 'lamp' END FROM generate_series(1, 1000) n$$);

-- Values of a rule that are out of range.
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, mode) VALUES ('x', 'r', 'fast')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, max_attempts) VALUES ('x', 'r', 0)$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, max_postpone) VALUES ('x', 'r', '-1 day')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, poll_every) VALUES ('x', 'r', '2 days')$$);

-- Thresholds of waves and rollouts.
CREATE FUNCTION pg_temp.wave(columns text, vals text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT * FROM pg_temp.refused(format('INSERT INTO fota.wave (rule_id, %s) SELECT rule_id, %s FROM fota.rule WHERE name = ''waves''', $1, $2)) $$;
SELECT * FROM pg_temp.wave('wave, percent', '0, 10');
SELECT * FROM pg_temp.wave('wave, percent', '1, 101');
SELECT * FROM pg_temp.wave('wave', '1');
SELECT * FROM pg_temp.wave('wave, percent, filter', $$1, 10, 'exists($.tags)'$$);
SELECT * FROM pg_temp.wave('wave, filter, per_stratum', $$1, 'exists($.tags)', true$$);
SELECT * FROM pg_temp.wave('wave, percent, advance_at', '1, 10, 95');
SELECT * FROM pg_temp.wave('wave, percent, pause_at', '1, 10, -0.1');
SELECT * FROM pg_temp.wave('wave, percent, soak', $$1, 10, '-1 h'$$);
CREATE FUNCTION pg_temp.rollout(name text, value int) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT * FROM pg_temp.refused(format('INSERT INTO fota.rollout (rule_id, %s) SELECT rule_id, %s FROM fota.rule WHERE name = ''waves''', $1, $2)) $$;
SELECT * FROM pg_temp.rollout('lost_after', 0);
SELECT * FROM pg_temp.rollout('max_open', 0);
SELECT * FROM pg_temp.rollout('max_starts_per_hour', -1);
SELECT * FROM pg_temp.rollout('min_failures', 0);
SELECT * FROM pg_temp.rollout('min_finished', -1);

-- Time zones that there are not; windows that never open, or not while the rule holds.
SELECT * FROM pg_temp.refused($$UPDATE fota.device SET time_zone = 'Europe/Berlinn'$$);
SELECT * FROM pg_temp.refused($$UPDATE fota.model SET time_zone = 'Europe/Berlinn'$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.setting (name, value) VALUES ('time_zone', 'Europe/Berlinn')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule_window (rule_id, days, opens, closes) SELECT rule_id, '{}', '2:00', '4:00' FROM fota.rule$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule_window (rule_id, days, opens, closes) SELECT rule_id, '{0,7}', '2:00', '4:00' FROM fota.rule$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule_window (rule_id, opens, closes) SELECT rule_id, '24:00', '4:00' FROM fota.rule$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.rule (name, release, model, priority, active_during) VALUES ('x', 'r', 'lamp', 1, '[2099-06-01,2099-06-02)');
	INSERT INTO fota.rule_window (rule_id, days, opens, closes) SELECT rule_id, '{5}', '2:00', '4:00' FROM fota.rule WHERE name = 'x'; SELECT fota.start_rollout('x')$$);
-- Other settings.
SELECT * FROM pg_temp.refused($$INSERT INTO fota.setting (name, value) VALUES ('delta_wait', '-1 h')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.setting (name, value) VALUES ('colour', 'red')$$);

-- Devices: of no model, and with a name that no wire carries.
SELECT * FROM pg_temp.refused($$INSERT INTO fota.device (model, serial) VALUES ('lmap', 'SN1')$$);
SELECT * FROM pg_temp.refused($$INSERT INTO fota.device (model, serial) VALUES ('lamp', 'SN 1')$$);
SELECT * FROM pg_temp.refused($$UPDATE fota.device SET device_id = 99 WHERE serial = 'SN9'$$);
