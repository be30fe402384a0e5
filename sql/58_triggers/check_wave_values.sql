-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_wave_values: a wave whose reach or thresholds are out of range is refused with what to
-- write instead; its WHEN tells them.

CREATE OR REPLACE FUNCTION fota.check_wave_values()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
	v_column text := CASE WHEN NOT NEW.wave BETWEEN 1 AND 100 THEN 'wave' WHEN NOT NEW.percent BETWEEN 0 AND 100 THEN 'percent'
		WHEN num_nonnulls(NEW.percent, NEW.filter) <> 1 THEN 'percent' WHEN NEW.percent IS NULL AND NEW.per_stratum THEN 'per_stratum'
		WHEN NEW.soak < '0' THEN 'soak' WHEN NOT NEW.advance_at BETWEEN 0 AND 1 THEN 'advance_at' ELSE 'pause_at' END;
BEGIN
	RAISE EXCEPTION 'rule "%", wave %: column % is out of range', (
			SELECT r.name FROM fota.rule r WHERE r.tenant_id = NEW.tenant_id AND r.rule_id = NEW.rule_id), NEW.wave, v_column
		USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = 'wave', COLUMN = v_column, CONSTRAINT = 'wave_' || v_column || '_check',
			DETAIL = CASE WHEN v_column = 'percent' AND NEW.filter IS NOT NULL THEN 'It has a percent and a filter.'
				WHEN v_column = 'percent' AND NEW.percent IS NULL THEN 'It has neither percent nor filter.'
				WHEN v_column = 'per_stratum' THEN 'It has a filter, which takes the same devices of every model and year.'
				ELSE format('Found: %s.', to_jsonb(NEW) ->> v_column) END,
			HINT = CASE v_column WHEN 'wave' THEN 'Waves are numbered 1 to 100, in the order in which they open.'
				WHEN 'percent' THEN CASE WHEN NEW.percent IS NULL OR NEW.filter IS NOT NULL
					THEN 'Give either percent or filter; what is true of all waves is a filter of the rule.'
					ELSE 'Write a share in percent, 0 to 100.' END
				WHEN 'per_stratum' THEN 'Give percent, or leave per_stratum false.'
				WHEN 'soak' THEN 'Write an interval, such as 2 days; 0 does not wait.'
				ELSE 'Write a share from 0 to 1: 95 % is 0.95.' END;
END
$$;

COMMENT ON FUNCTION fota.check_wave_values() IS 'Trigger: refuses waves whose reach or thresholds are out of range.';

CREATE TRIGGER check_wave_values BEFORE INSERT OR UPDATE ON fota.wave
	FOR EACH ROW WHEN (NOT NEW.wave BETWEEN 1 AND 100 OR NOT NEW.percent BETWEEN 0 AND 100
		OR num_nonnulls(NEW.percent, NEW.filter) <> 1 OR NEW.percent IS NULL AND NEW.per_stratum OR NEW.soak < '0'
		OR NOT NEW.advance_at BETWEEN 0 AND 1 OR NOT NEW.pause_at BETWEEN 0 AND 1)
	EXECUTE FUNCTION fota.check_wave_values();
COMMENT ON TRIGGER check_wave_values ON fota.wave IS 'Refuses waves whose reach or thresholds are out of range.';
