-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_rule_state: a rule begins as a draft, becomes active, paused and active again, and in the end
-- stopped, by the functions start_rollout, pause_rollout, resume_rollout and stop_rollout, or by a brake,
-- which do what else belongs to it, and call fota.set_rule_state. That one keeps people from mistakes; who
-- needs another's approval is told from what is there at commit (fota.check_approvals). A rule that is in
-- force is stopped before it is deleted, so that what it began comes to an end.

CREATE OR REPLACE FUNCTION fota.check_rule_state()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		RAISE EXCEPTION 'rule "%" is %, it cannot be deleted', OLD.name, OLD.state
			USING ERRCODE = '55000', DETAIL = 'Only a rule that is draft or stopped can be deleted.',
				HINT = format('SELECT fota.stop_rollout(%L) first.', OLD.name);
	ELSIF TG_OP = 'INSERT' THEN
		RAISE EXCEPTION 'a new rule is a draft, not "%"', NEW.state
			USING ERRCODE = '55000', SCHEMA = 'fota', TABLE = 'rule', COLUMN = 'state',
				HINT = format('Insert it as a draft, then SELECT fota.start_rollout(%L).', NEW.name);
	END IF;
	IF current_setting('fota.rule_state', true) IS DISTINCT FROM concat_ws(' ', OLD.tenant_id, OLD.rule_id, NEW.state)
		OR concat_ws(' ', OLD.state, NEW.state) NOT IN ('draft active', 'active paused', 'paused active', 'active stopped',
			'paused stopped') THEN
		RAISE EXCEPTION 'the state of rule "%" is changed by functions only', OLD.name
			USING ERRCODE = '55000', SCHEMA = 'fota', TABLE = 'rule', COLUMN = 'state',
				DETAIL = format('The rule is "%s"; "%s" was asked for.', OLD.state, NEW.state),
				HINT = 'Use fota.start_rollout, pause_rollout, resume_rollout or stop_rollout.';
	END IF;
	RETURN NEW;
END
$$;

COMMENT ON FUNCTION fota.check_rule_state() IS 'Trigger: the state of a rule is changed by functions only.';

CREATE TRIGGER check_rule_insert BEFORE INSERT ON fota.rule
	FOR EACH ROW WHEN (NEW.state <> 'draft') EXECUTE FUNCTION fota.check_rule_state();
COMMENT ON TRIGGER check_rule_insert ON fota.rule IS 'A new rule is a draft.';
CREATE TRIGGER check_rule_state BEFORE UPDATE ON fota.rule
	FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION fota.check_rule_state();
COMMENT ON TRIGGER check_rule_state ON fota.rule IS 'State by functions only.';
CREATE TRIGGER check_rule_delete BEFORE DELETE ON fota.rule
	FOR EACH ROW WHEN (OLD.state IN ('active', 'paused')) EXECUTE FUNCTION fota.check_rule_state();
COMMENT ON TRIGGER check_rule_delete ON fota.rule IS 'A rule that is in force is stopped first.';
