-- SPDX-License-Identifier: PostgreSQL
--
-- fota.fill_device: the name of a device is its serial unless another is given; serial_key
-- follows the serial. The refusal names what a wire identity may be.

CREATE OR REPLACE FUNCTION fota.fill_device()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	NEW.name := coalesce(NEW.name, NEW.serial);
	NEW.serial_key := fota.serial_key(NEW.serial);
	IF NEW.name !~ '^[A-Za-z0-9._-]+$' OR length(NEW.name) > 40 THEN
		RAISE EXCEPTION 'device name "%" cannot be used on the wire', left(NEW.name, 60)
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = 'device', COLUMN = 'name', CONSTRAINT = 'device_name_check',
				DETAIL = 'A name has 1 to 40 of A-Z a-z 0-9 . _ -; where none is given it is the serial.',
				HINT = 'Give the device a name of its own.';
	END IF;
	RETURN NEW;
END
$$;

COMMENT ON FUNCTION fota.fill_device() IS 'Trigger: name and serial_key of a device.';

CREATE TRIGGER fill_device BEFORE INSERT OR UPDATE OF name, serial, serial_key ON fota.device
	FOR EACH ROW EXECUTE FUNCTION fota.fill_device();
COMMENT ON TRIGGER fill_device ON fota.device IS 'Fills name and serial_key.';
