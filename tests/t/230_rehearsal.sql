-- SPDX-License-Identifier: PostgreSQL
--
-- A rollout on a virtual clock: DEVICES lamps, release 1.1 in four waves, of which 3 % fail and 1 % fall silent
-- while they fetch: a canary of 50 devices does not show it, the wave after it must. Then 1.2, which is sound: it must
-- go through. A step is ten minutes, each device checks in once an hour; everything goes through the calls that
-- front-ends make. Its instants are in the future, since those before now() are asked of the history.

SELECT fota.add_model('lamp', '{app}');
SELECT fota.add_image('lamp', 'app', v, convert_to('app ' || v, 'UTF8'), '{"format": "raw"}') FROM unnest('{1.0,1.1,1.2}'::text[]) v;
SELECT fota.add_release(v, 'lamp', jsonb_build_object('app', v)) FROM unnest('{1.1,1.2}'::text[]) v;
INSERT INTO fota.device (model, serial, year, tags)
SELECT 'lamp', 'L' || n, 2020 + n % 5, CASE WHEN n <= 50 THEN '{canary}' ELSE '{}'::text[] END FROM generate_series(1, :devices) n;
INSERT INTO fota.device_contents (device_id, component, present, version, reported_at)
SELECT device_id, 'app', true, '1.0', '2099-01-01' FROM fota.device;
CREATE TABLE public.seen_step (at timestamptz, rule text, state text, wave int, started bigint, succeeded bigint, failed bigint, lost bigint);
CREATE TABLE public.place AS
SELECT device_id, fota.bucket('hour', name) % 6 AS step, fota.bucket('fate', name) AS fate FROM fota.device;
CREATE UNIQUE INDEX ON public.place (device_id);
ANALYZE fota.device, fota.device_contents, public.place;

CREATE PROCEDURE public.rehearse(rule text, version text, bad int, silent int, begins timestamptz, steps int)
LANGUAGE plpgsql AS $$
DECLARE
	v_at timestamptz := $5;
	v_rule fota.rule;
	v_device record;
	v_action int;
BEGIN
	PERFORM fota.start_rollout($1, $5);
	SELECT r.* INTO v_rule FROM fota.rule r WHERE r.name = $1;
	COMMIT;
	FOR n IN 0 .. $6 - 1 LOOP
		FOR v_device IN
			SELECT d.device_id, p.fate FROM fota.device d JOIN public.place p ON p.device_id = d.device_id
			WHERE p.step = n % 6 AND (d.tags <> '{}' OR fota.name_hash(v_rule.seed, d.name) % 10000 < (
					SELECT max(s.percent) * 100 FROM fota.rollout_state s WHERE s.rule_id = v_rule.rule_id))
				AND NOT EXISTS (SELECT FROM fota.rollout_device x WHERE x.rule_id = v_rule.rule_id AND x.device_id = d.device_id
					AND x.succeeded_at IS NOT NULL)
			ORDER BY d.device_id
		LOOP
			v_action := (SELECT o.action FROM fota_device.open_action(1, v_device.device_id, 'https', v_at) o);
			CONTINUE WHEN v_action IS NULL;
			PERFORM FROM fota_device.report(1, v_device.device_id, NULL, v_action, NULL, 1, NULL, NULL, NULL, 10, v_at);
			IF v_device.fate < $3 THEN
				PERFORM FROM fota_device.report(1, v_device.device_id, NULL, v_action, NULL, 5, 1, 'no', NULL, NULL, v_at + interval '1 min');
			ELSIF v_device.fate >= $3 + $4 THEN
				PERFORM FROM fota_device.inventory(1, v_device.device_id, jsonb_build_object('app', jsonb_build_object('version', $2)),
					NULL, NULL, NULL, NULL, 'native', v_at + interval '2 min');
			END IF;
		END LOOP;
		v_at := v_at + interval '10 min';
		PERFORM fota.tick(v_at);
		-- As autovacuum would in the hour that passes here in a second.
		IF n % 6 = 0 THEN
			ANALYZE fota.action, fota.action_item, fota.report, fota.device_report_state, fota.rollout_device, fota.device_contents;
		END IF;
		INSERT INTO public.seen_step
		SELECT v_at, p.rule, p.state, max(p.wave) FILTER (WHERE p.opened_at IS NOT NULL), sum(p.started), sum(p.succeeded), sum(p.failed), sum(p.lost)
		FROM fota_report.rollout p WHERE p.rule = $1 GROUP BY p.rule, p.state;
		COMMIT;
		EXIT WHEN NOT EXISTS (SELECT FROM fota.rule r WHERE r.name = $1 AND r.state = 'active')
			OR EXISTS (SELECT FROM fota.event e WHERE e.kind = 'rollout_finished' AND e.rule_id = v_rule.rule_id);
	END LOOP;
END
$$;

INSERT INTO fota.rule (name, release, model, seed) VALUES ('bad', '1.1', 'lamp', 'bad'), ('good', '1.2', 'lamp', 'good');
INSERT INTO fota.rollout (rule_id, min_failures) SELECT rule_id, 5 FROM fota.rule;
INSERT INTO fota.wave (rule_id, wave, percent, filter, soak, advance_at, pause_at)
SELECT r.rule_id, w.wave, w.percent, w.filter, '2 h', 0.9, 0.02
FROM fota.rule r, (VALUES (1, NULL, '$.tags[*] == "canary"'::jsonpath), (2, 10, NULL), (3, 50, NULL), (4, 100, NULL)) w (wave, percent, filter);
CALL public.rehearse('bad', '1.1', 300, 100, '2099-01-01 00:00+00', 300);
SELECT fota.stop_rollout('bad', '2099-01-02');
CALL public.rehearse('good', '1.2', 0, 0, '2099-01-03 00:00+00', 300);
