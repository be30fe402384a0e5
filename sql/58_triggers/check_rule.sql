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
	FOR EACH ROW WHEN (NEW.tenant_id IS DISTINCT FROM OLD.tenant_id OR NEW.name IS DISTINCT FROM OLD.name
		OR NEW.release IS DISTINCT FROM OLD.release OR NEW.model IS DISTINCT FROM OLD.model
		OR NEW.years IS DISTINCT FROM OLD.years OR NEW.batch IS DISTINCT FROM OLD.batch
		OR NEW.serial_from IS DISTINCT FROM OLD.serial_from OR NEW.serial_to IS DISTINCT FROM OLD.serial_to
		OR NEW.active_during IS DISTINCT FROM OLD.active_during OR NEW.versions IS DISTINCT FROM OLD.versions
		OR NEW.filter::text IS DISTINCT FROM OLD.filter::text OR NEW.mode IS DISTINCT FROM OLD.mode
		OR NEW.max_postpone IS DISTINCT FROM OLD.max_postpone OR NEW.max_attempts IS DISTINCT FROM OLD.max_attempts
		OR NEW.poll_every IS DISTINCT FROM OLD.poll_every OR NEW.poll_active IS DISTINCT FROM OLD.poll_active)
	EXECUTE FUNCTION fota.check_rule();
COMMENT ON TRIGGER check_rule_update ON fota.rule IS 'Refuses values and tests that can hold for no device, or are out of range.';
