-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_setting: a setting is one that tenant 0 has, and its value of the kind that the
-- default is: interval, bytes, time zone, or on and off.

CREATE OR REPLACE FUNCTION fota.check_setting()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
	v_kind text := CASE NEW.name WHEN 'inline_decode' THEN 'bytes' WHEN 'time_zone' THEN 'zone'
		WHEN 'delta_wait' THEN 'interval' WHEN 'action_timeout' THEN 'interval' WHEN 'approval' THEN 'switch'
		WHEN 'max_input' THEN 'bytes' WHEN 'max_flat' THEN 'bytes' WHEN 'max_unpacked' THEN 'bytes'
		WHEN 'max_segments' THEN 'number' WHEN 'max_members' THEN 'number' WHEN 'max_ratio' THEN 'number'
		WHEN 'max_nesting' THEN 'nesting' END;
BEGIN
	IF v_kind IS NULL THEN
		RAISE EXCEPTION 'there is no setting "%"', NEW.name
			USING ERRCODE = '22023', SCHEMA = 'fota', TABLE = 'setting', COLUMN = 'name', CONSTRAINT = 'setting_name_check',
				DETAIL = 'Nothing would read it.', HINT = 'Settings are: action_timeout, approval, delta_wait, inline_decode, '
					'max_flat, max_input, max_members, max_nesting, max_ratio, max_segments, max_unpacked, time_zone.';
	END IF;
	BEGIN
		IF v_kind = 'bytes' THEN
			IF NEW.value::bigint < 0 THEN
				RAISE EXCEPTION USING ERRCODE = '22023';
			END IF;
		ELSIF v_kind = 'number' THEN
			IF NEW.value::int < 1 THEN
				RAISE EXCEPTION USING ERRCODE = '22023';
			END IF;
		ELSIF v_kind = 'nesting' THEN
			IF NEW.value::int NOT IN (0, 1) THEN
				RAISE EXCEPTION USING ERRCODE = '22023';
			END IF;
		ELSIF v_kind = 'switch' THEN
			IF NEW.value NOT IN ('on', 'off') THEN
				RAISE EXCEPTION USING ERRCODE = '22023';
			END IF;
		ELSIF v_kind = 'interval' THEN
			IF NEW.value::interval < '0' THEN
				RAISE EXCEPTION USING ERRCODE = '22023';
			END IF;
		ELSE
			PERFORM now() AT TIME ZONE NEW.value;
		END IF;
	EXCEPTION WHEN data_exception THEN
		RAISE EXCEPTION 'setting "%" cannot be "%"', NEW.name, left(NEW.value, 60)
			USING ERRCODE = '22023', SCHEMA = 'fota', TABLE = 'setting', COLUMN = 'value', CONSTRAINT = 'setting_value_check',
				DETAIL = CASE v_kind WHEN 'bytes' THEN 'It is a number of bytes.'
				WHEN 'number' THEN 'It is a number of at least 1.' WHEN 'nesting' THEN 'It is 0 or 1.'
				WHEN 'switch' THEN 'It is on or off.'
				WHEN 'interval' THEN 'It is an interval, not negative, such as 15 min.'
				ELSE 'It is the name of a time zone.' END,
				HINT = CASE v_kind WHEN 'zone' THEN 'SELECT name FROM pg_timezone_names lists them: Europe/Berlin, UTC ..'
					ELSE format('Without a row of its own a tenant has that of tenant 0: %s.', (
						SELECT s.value FROM fota.setting s WHERE s.tenant_id = 0 AND s.name = NEW.name)) END;
	END;
	RETURN NEW;
END
$$;

COMMENT ON FUNCTION fota.check_setting() IS 'Trigger: name and value of a setting.';

CREATE TRIGGER check_setting BEFORE INSERT OR UPDATE ON fota.setting
	FOR EACH ROW EXECUTE FUNCTION fota.check_setting();
COMMENT ON TRIGGER check_setting ON fota.setting IS 'Refuses unknown settings and values that are none.';
