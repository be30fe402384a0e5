-- SPDX-License-Identifier: PostgreSQL
--
-- Trigger on fota.rollout: where silent devices are to be given up sooner, the next tick looks at the open actions of
-- the rule again; what is due was told from what held before.

CREATE OR REPLACE FUNCTION fota.look_again()
RETURNS trigger
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	UPDATE fota.action a SET due_at = '-infinity'
	FROM (SELECT DISTINCT i.device_id, i.action FROM fota.action_item i
		WHERE i.tenant_id = NEW.tenant_id AND i.rule_id = NEW.rule_id
			AND i.state NOT IN ('confirmed', 'failed', 'declined', 'cancelled')
		ORDER BY i.device_id) i
	WHERE a.tenant_id = NEW.tenant_id AND a.device_id = i.device_id AND a.action = i.action
		AND a.state IN ('open', 'superseded');
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.look_again() IS 'Trigger: the next tick looks at the open actions of the rule.';

CREATE TRIGGER look_again AFTER UPDATE OF lost_after ON fota.rollout
FOR EACH ROW WHEN (NEW.lost_after < OLD.lost_after) EXECUTE FUNCTION fota.look_again();
COMMENT ON TRIGGER look_again ON fota.rollout IS 'Silent devices are lost by the new measure at the next tick.';
