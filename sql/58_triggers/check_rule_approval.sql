-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_rule_approval: an approval is in the name of the login that gives it, of the rule
-- as it is now, and stays as it is.

CREATE OR REPLACE FUNCTION fota.check_rule_approval()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	IF TG_OP = 'UPDATE' THEN
		RAISE EXCEPTION 'an approval cannot be changed' USING ERRCODE = '55000',
			HINT = format('SELECT fota.approve_rollout(..) gives a new one.');
	END IF;
	NEW.login := session_user;
	NEW.digest := fota.rule_digest(NEW.tenant_id, NEW.rule_id);
	NEW.at := now();
	RETURN NEW;
END
$$;

COMMENT ON FUNCTION fota.check_rule_approval() IS 'Trigger: an approval is in the name of who gives it, of the rule as it is.';

CREATE TRIGGER check_rule_approval BEFORE INSERT OR UPDATE ON fota.rule_approval
	FOR EACH ROW EXECUTE FUNCTION fota.check_rule_approval();
COMMENT ON TRIGGER check_rule_approval ON fota.rule_approval IS 'Nobody approves in another''s name.';
