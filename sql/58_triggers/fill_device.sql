-- SPDX-License-Identifier: PostgreSQL
--
-- fota.fill_device: the name of a device is its serial unless another is given; serial_key
-- follows the serial. The refusals name what a wire identity may be. Its number never
-- changes: reports and history are found by it.

CREATE OR REPLACE FUNCTION fota.fill_device()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	IF TG_OP = 'UPDATE' AND (NEW.tenant_id, NEW.device_id) <> (OLD.tenant_id, OLD.device_id) THEN
		RAISE EXCEPTION 'device "%" cannot get another number', OLD.name
			USING ERRCODE = '55000', DETAIL = format('It is device %s of tenant %s for good.', OLD.device_id, OLD.tenant_id),
				HINT = 'Insert another device.';
	ELSIF NOT EXISTS (SELECT FROM fota.model m WHERE m.tenant_id = NEW.tenant_id AND m.model = NEW.model)
		AND EXISTS (SELECT FROM fota.tenant t WHERE t.tenant_id = NEW.tenant_id) AND NEW.model IS NOT NULL THEN
		RAISE EXCEPTION 'device "%": there is no model "%"', coalesce(NEW.name, NEW.serial), NEW.model
			USING ERRCODE = '23503', DETAIL = format('Tenant %s has no model of that name.', NEW.tenant_id),
				HINT = 'SELECT model FROM fota.model lists them; fota.add_model makes one.';
	END IF;
	NEW.name := coalesce(NEW.name, NEW.serial);
	IF NEW.name !~ '^[A-Za-z0-9._-]{1,40}$' THEN
		RAISE EXCEPTION 'device name "%" cannot be used on the wire', left(NEW.name, 60)
			USING ERRCODE = '23514', TABLE = 'device', CONSTRAINT = 'device_name_check',
				DETAIL = 'A name has 1 to 40 of A-Z a-z 0-9 . _ -; where none is given it is the serial.',
				HINT = 'Give the device a name of its own.';
	END IF;
	NEW.serial_key := fota.serial_key(NEW.serial);
	RETURN NEW;
END
$$;

COMMENT ON FUNCTION fota.fill_device() IS 'Trigger: name and serial_key of a device.';

CREATE TRIGGER fill_device BEFORE INSERT OR UPDATE OF tenant_id, device_id, model, name, serial, serial_key ON fota.device
	FOR EACH ROW EXECUTE FUNCTION fota.fill_device();
COMMENT ON TRIGGER fill_device ON fota.device IS 'Fills name and serial_key.';
