-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_time_zone: a time zone of a model or a device is one that PostgreSQL knows.

CREATE OR REPLACE FUNCTION fota.check_time_zone()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM now() AT TIME ZONE NEW.time_zone;
	RETURN NEW;
EXCEPTION WHEN invalid_parameter_value THEN
	RAISE EXCEPTION 'there is no time zone "%"', left(NEW.time_zone, 60)
		USING ERRCODE = '22023', DETAIL = format('It was given to a %s.', TG_TABLE_NAME),
			HINT = 'SELECT name FROM pg_timezone_names lists them.';
END
$$;

COMMENT ON FUNCTION fota.check_time_zone() IS 'Trigger: refuses time zones that there are not.';

CREATE TRIGGER check_time_zone BEFORE INSERT OR UPDATE OF time_zone ON fota.model
	FOR EACH ROW WHEN (NEW.time_zone IS NOT NULL) EXECUTE FUNCTION fota.check_time_zone();
COMMENT ON TRIGGER check_time_zone ON fota.model IS 'Refuses time zones that there are not.';
CREATE TRIGGER check_time_zone BEFORE INSERT OR UPDATE OF time_zone ON fota.device
	FOR EACH ROW WHEN (NEW.time_zone IS NOT NULL) EXECUTE FUNCTION fota.check_time_zone();
COMMENT ON TRIGGER check_time_zone ON fota.device IS 'Refuses time zones that there are not.';
