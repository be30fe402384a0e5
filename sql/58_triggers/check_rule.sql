-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_rule: a value of a rule that can hold for no device, or is out of its range, is refused
-- with what to write instead. WHEN tells such rows, so that the others cost nothing. An update that
-- touches its tests is judged row by row; inserted rules together, by fota.check_rules.

CREATE OR REPLACE FUNCTION fota.check_rule()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM fota.check_rule_values(NEW);
	IF TG_OP = 'UPDATE' THEN
		PERFORM fota.check_rule_names(NEW.tenant_id, NEW.name, NEW.release, NEW.model);
		PERFORM fota.check_rule_tests(NEW);
	END IF;
	RETURN NEW;
END
$$;

COMMENT ON FUNCTION fota.check_rule() IS 'Trigger: refuses a rule that can hold for no device.';

CREATE TRIGGER check_rule BEFORE INSERT ON fota.rule
	FOR EACH ROW WHEN (NEW.release IS NULL OR isempty(NEW.years) OR upper(NEW.years) <= 1970 OR lower(NEW.years) > 9999
		OR NOT length(NEW.batch) BETWEEN 1 AND 64 OR NEW.serial_from = '' OR NEW.serial_to = ''
		OR NEW.serial_from_key > NEW.serial_to_key OR isempty(NEW.active_during)
		OR NEW.mode NOT IN ('forced', 'soft', 'confirm', 'download_only') OR NEW.max_postpone <= '0'
		OR NOT NEW.max_attempts BETWEEN 1 AND 100
		OR NOT NEW.poll_every BETWEEN '1 s' AND '1 day' OR NOT NEW.poll_active BETWEEN '1 s' AND '1 day')
	EXECUTE FUNCTION fota.check_rule();
COMMENT ON TRIGGER check_rule ON fota.rule IS 'Refuses values that can hold for no device, or are out of range.';
CREATE TRIGGER check_rule_update BEFORE UPDATE ON fota.rule
	FOR EACH ROW WHEN ((NEW.tenant_id, NEW.name, NEW.release, NEW.model, NEW.years, NEW.batch, NEW.serial_from, NEW.serial_to,
			NEW.active_during, NEW.versions, NEW.filter::text, NEW.mode, NEW.max_postpone, NEW.max_attempts, NEW.poll_every,
			NEW.poll_active)
		IS DISTINCT FROM (OLD.tenant_id, OLD.name, OLD.release, OLD.model, OLD.years, OLD.batch, OLD.serial_from, OLD.serial_to,
			OLD.active_during, OLD.versions, OLD.filter::text, OLD.mode, OLD.max_postpone, OLD.max_attempts, OLD.poll_every,
			OLD.poll_active))
	EXECUTE FUNCTION fota.check_rule();
COMMENT ON TRIGGER check_rule_update ON fota.rule IS 'Refuses values and tests that can hold for no device, or are out of range.';
