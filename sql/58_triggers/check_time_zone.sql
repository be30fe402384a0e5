-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_time_zone: the time zone of a model or device must be one that PostgreSQL knows.

CREATE OR REPLACE FUNCTION fota.check_time_zone()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM now() AT TIME ZONE NEW.time_zone;
	RETURN NEW;
EXCEPTION WHEN data_exception THEN
	RAISE EXCEPTION '%: column time_zone: there is no time zone "%"', TG_TABLE_NAME, left(NEW.time_zone, 80)
		USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = TG_TABLE_NAME, COLUMN = 'time_zone',
			CONSTRAINT = TG_TABLE_NAME || '_time_zone_check',
			DETAIL = 'The server knows no such name.',
			HINT = 'SELECT name FROM pg_timezone_names lists them: Europe/Berlin, UTC ..';
END
$$;

COMMENT ON FUNCTION fota.check_time_zone() IS 'Trigger: refuses a time zone that there is not.';

CREATE TRIGGER check_time_zone BEFORE INSERT OR UPDATE OF time_zone ON fota.device
	FOR EACH ROW WHEN (NEW.time_zone IS NOT NULL) EXECUTE FUNCTION fota.check_time_zone();
COMMENT ON TRIGGER check_time_zone ON fota.device IS 'Refuses a time zone that there is not.';
CREATE TRIGGER check_time_zone BEFORE INSERT OR UPDATE OF time_zone ON fota.model
	FOR EACH ROW WHEN (NEW.time_zone IS NOT NULL) EXECUTE FUNCTION fota.check_time_zone();
COMMENT ON TRIGGER check_time_zone ON fota.model IS 'Refuses a time zone that there is not.';
