-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_rule: a rule begins as a draft and changes its state only by the functions
-- start_rollout, pause_rollout, resume_rollout and stop_rollout, or by a brake, which do what else
-- belongs to it: they are recognised as the callers of this trigger. Model '*' means any. Scope and
-- tests that can hold for no device are refused. A rule that is in force is stopped before it is
-- deleted, so that what it began comes to an end. fota.undo_row may do all that, in what is thrown away.

CREATE OR REPLACE FUNCTION fota.check_rule()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
	v_context text;
BEGIN
	GET DIAGNOSTICS v_context = PG_CONTEXT;
	IF TG_OP = 'DELETE' THEN
		IF v_context ~ 'function (fota\.)?undo_row\(' THEN
			RETURN OLD;
		END IF;
		RAISE EXCEPTION 'rule "%" is %, it cannot be deleted', OLD.name, OLD.state
			USING ERRCODE = '55000', DETAIL = 'Only a rule that is draft or stopped can be deleted.',
				HINT = format('SELECT fota.stop_rollout(%L) first.', OLD.name);
	END IF;
	NEW.model := nullif(NEW.model, '*');
	NEW.serial_from_key := fota.serial_key(NEW.serial_from);
	NEW.serial_to_key := fota.serial_key(NEW.serial_to);
	IF TG_OP = 'INSERT' AND NEW.state <> 'draft' THEN
		RAISE EXCEPTION 'a new rule is a draft, not "%"', NEW.state
			USING ERRCODE = '55000', HINT = format('Insert it as a draft, then SELECT fota.start_rollout(%L).', NEW.name);
	END IF;
	IF TG_OP = 'UPDATE' AND NEW.state <> OLD.state THEN
		IF v_context !~ 'function (fota\.)?((start|try)_rule|undo_row|(pause|resume|stop|brake)_rollout)\(' THEN
			RAISE EXCEPTION 'the state of rule "%" is changed by functions only', OLD.name
				USING ERRCODE = '55000',
					DETAIL = format('The rule is "%s"; "%s" was asked for.', OLD.state, NEW.state),
					HINT = 'Use fota.start_rollout, pause_rollout, resume_rollout or stop_rollout.';
		END IF;
	END IF;

	-- Of a tenant that the caller may not see row-level security speaks.
	IF NOT EXISTS (SELECT FROM fota.tenant t WHERE t.tenant_id = NEW.tenant_id) THEN
		NULL;
	ELSIF NEW.release IS NOT NULL AND NOT EXISTS (SELECT FROM fota.release r
			WHERE r.tenant_id = NEW.tenant_id AND r.release = NEW.release) THEN
		RAISE EXCEPTION 'rule "%": there is no release "%"', NEW.name, NEW.release
			USING ERRCODE = '23503', DETAIL = format('Tenant %s has no release of that name.', NEW.tenant_id),
				HINT = 'SELECT release FROM fota.release lists them; fota.add_release makes one.';
	ELSIF NEW.model IS NOT NULL AND NOT EXISTS (SELECT FROM fota.model m
			WHERE m.tenant_id = NEW.tenant_id AND m.model = NEW.model) THEN
		RAISE EXCEPTION 'rule "%": there is no model "%"', NEW.name, NEW.model
			USING ERRCODE = '23503', DETAIL = format('Tenant %s has no model of that name.', NEW.tenant_id),
				HINT = 'SELECT model FROM fota.model lists them; NULL means any model.';
	END IF;

	IF TG_OP = 'INSERT' OR (NEW.name, NEW.model, NEW.years, NEW.batch, NEW.serial_from, NEW.serial_to, NEW.active_during,
			NEW.versions, NEW.filter::text) IS DISTINCT FROM (OLD.name, OLD.model, OLD.years, OLD.batch, OLD.serial_from,
			OLD.serial_to, OLD.active_during, OLD.versions, OLD.filter::text) THEN
		PERFORM fota.check_rule_tests(NEW);
	END IF;
	RETURN NEW;
END
$$;

COMMENT ON FUNCTION fota.check_rule() IS 'Trigger: state of a rule by functions only; refuses what can hold for no device.';

CREATE TRIGGER check_rule BEFORE INSERT OR UPDATE ON fota.rule
	FOR EACH ROW EXECUTE FUNCTION fota.check_rule();
COMMENT ON TRIGGER check_rule ON fota.rule IS 'State by functions only; refuses what can hold for no device.';
CREATE TRIGGER check_rule_delete BEFORE DELETE ON fota.rule
	FOR EACH ROW WHEN (OLD.state IN ('active', 'paused')) EXECUTE FUNCTION fota.check_rule();
COMMENT ON TRIGGER check_rule_delete ON fota.rule IS 'A rule that is in force is stopped first.';
