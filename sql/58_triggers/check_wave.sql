-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_wave: waves come before the start. To a rule that was started without any, none can be
-- added (it is at 100 % already), how far an open wave reaches was fixed when it opened, and a
-- filter must be one that can be true of a device.

CREATE OR REPLACE FUNCTION fota.check_wave()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
	v_rule fota.rule;
BEGIN
	SELECT r.* INTO v_rule FROM fota.rule r WHERE r.tenant_id = NEW.tenant_id AND r.rule_id = NEW.rule_id;
	IF EXISTS (SELECT FROM fota.rollout_state s
		WHERE s.tenant_id = NEW.tenant_id AND s.rule_id = NEW.rule_id AND s.wave = 0 AND s.percent = 100) THEN
		RAISE EXCEPTION 'rule "%" was started without waves', v_rule.name
			USING ERRCODE = '55000', DETAIL = 'All of its devices are exposed already.',
				HINT = 'Stop it, and start a new rule that has waves.';
	END IF;
	IF NEW.wave <= (SELECT max(s.wave) FROM fota.rollout_state s
			WHERE s.tenant_id = NEW.tenant_id AND s.rule_id = NEW.rule_id AND s.wave > 0)
		AND (TG_OP = 'INSERT' OR (NEW.percent, NEW.filter::text, NEW.per_stratum)
			IS DISTINCT FROM (OLD.percent, OLD.filter::text, OLD.per_stratum)) THEN
		RAISE EXCEPTION 'rule "%": wave % comes too late', v_rule.name, NEW.wave
			USING ERRCODE = '55000', DETAIL = 'It, or a later one, is open already; how far it reaches is fixed.',
				HINT = 'Give a wave with a higher number; soak, advance_at and pause_at can still be changed.';
	END IF;
	IF NEW.filter IS NOT NULL THEN
		PERFORM fota.check_filter(format('rule "%s", wave %s', v_rule.name, NEW.wave), 'wave', NEW.filter);
	END IF;
	RETURN NEW;
END
$$;

COMMENT ON FUNCTION fota.check_wave() IS 'Trigger: the reach of a wave is fixed once it is open.';

CREATE TRIGGER check_wave BEFORE INSERT OR UPDATE ON fota.wave
	FOR EACH ROW EXECUTE FUNCTION fota.check_wave();
COMMENT ON TRIGGER check_wave ON fota.wave IS 'The reach of a wave is fixed once it is open.';
