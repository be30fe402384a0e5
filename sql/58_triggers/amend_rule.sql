-- SPDX-License-Identifier: PostgreSQL
--
-- fota.amend_rule: model '*' of a rule means any; the keys of its serials follow them. Comes before
-- check_rule, by name; a rule that has neither never gets here, so that a load of many is fast.

CREATE OR REPLACE FUNCTION fota.amend_rule()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	NEW.model := nullif(NEW.model, '*');
	NEW.serial_from_key := fota.serial_key(NEW.serial_from);
	NEW.serial_to_key := fota.serial_key(NEW.serial_to);
	RETURN NEW;
END
$$;

COMMENT ON FUNCTION fota.amend_rule() IS 'Trigger: model ''*'' of a rule means any; keys of its serials.';

CREATE TRIGGER amend_rule BEFORE INSERT OR UPDATE ON fota.rule
	FOR EACH ROW WHEN (NEW.model = '*' OR NEW.serial_from IS NOT NULL OR NEW.serial_to IS NOT NULL
		OR NEW.serial_from_key IS NOT NULL OR NEW.serial_to_key IS NOT NULL)
	EXECUTE FUNCTION fota.amend_rule();
COMMENT ON TRIGGER amend_rule ON fota.rule IS 'Model ''*'' means any; fills the keys of serials.';
