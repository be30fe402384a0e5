-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_names: a rule that comes to name another release or model names one that is there, and
-- keeps it there until the end of the transaction. Of inserted rules: fota.check_rules.

CREATE OR REPLACE FUNCTION fota.check_names()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM fota.lock_rule_names(NEW.tenant_id, NEW.name, NEW.release, NEW.model);
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.check_names() IS 'Trigger: a changed rule names a release and a model that are there.';

CREATE TRIGGER check_names AFTER UPDATE ON fota.rule
	FOR EACH ROW WHEN (NEW.tenant_id IS DISTINCT FROM OLD.tenant_id OR NEW.release IS DISTINCT FROM OLD.release
		OR NEW.model IS DISTINCT FROM OLD.model)
	EXECUTE FUNCTION fota.check_names();
COMMENT ON TRIGGER check_names ON fota.rule IS 'The release and model that it names are there.';
