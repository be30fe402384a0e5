-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_rollout: brakes and budgets of a rollout that are out of range are refused with what to
-- write instead; its WHEN tells them.

CREATE OR REPLACE FUNCTION fota.check_rollout()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
	v_column text := CASE WHEN NOT NEW.lost_after BETWEEN 1 AND 1000 THEN 'lost_after' WHEN NEW.max_open <= 0 THEN 'max_open'
		WHEN NEW.max_starts_per_hour <= 0 THEN 'max_starts_per_hour' WHEN NEW.min_failures <= 0 THEN 'min_failures'
		ELSE 'min_finished' END;
BEGIN
	RAISE EXCEPTION 'rollout of rule "%": column % is out of range', (
			SELECT r.name FROM fota.rule r WHERE r.tenant_id = NEW.tenant_id AND r.rule_id = NEW.rule_id), v_column
		USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = 'rollout', COLUMN = v_column, CONSTRAINT = 'rollout_' || v_column || '_check',
			DETAIL = format('Found: %s.', to_jsonb(NEW) ->> v_column),
			HINT = CASE v_column WHEN 'lost_after' THEN 'Write a number of poll intervals, 1 to 1000.'
				WHEN 'min_failures' THEN 'Write the fewest failures that brake, 1 or more.'
				WHEN 'min_finished' THEN 'Write how many devices must have come to an end before the next wave, 0 or more.'
				ELSE 'Write 1 or more; NULL sets no limit. To let nobody start, pause the rule: fota.pause_rollout.' END;
END
$$;

COMMENT ON FUNCTION fota.check_rollout() IS 'Trigger: refuses brakes and budgets that are out of range.';

CREATE TRIGGER check_rollout BEFORE INSERT OR UPDATE ON fota.rollout
	FOR EACH ROW WHEN (NOT NEW.lost_after BETWEEN 1 AND 1000 OR NEW.max_open <= 0 OR NEW.max_starts_per_hour <= 0
		OR NEW.min_failures <= 0 OR NEW.min_finished < 0)
	EXECUTE FUNCTION fota.check_rollout();
COMMENT ON TRIGGER check_rollout ON fota.rollout IS 'Refuses brakes and budgets that are out of range.';
