-- SPDX-License-Identifier: PostgreSQL
--
-- fota.keep_device: the number of a device never changes: reports and history are found by it.

CREATE OR REPLACE FUNCTION fota.keep_device()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	RAISE EXCEPTION 'device "%" cannot get another number', OLD.name
		USING ERRCODE = '55000', DETAIL = format('It is device %s of tenant %s for good.', OLD.device_id, OLD.tenant_id),
			HINT = 'Insert another device.';
END
$$;

COMMENT ON FUNCTION fota.keep_device() IS 'Trigger: a device keeps its number.';

CREATE TRIGGER keep_device BEFORE UPDATE ON fota.device
	FOR EACH ROW WHEN ((NEW.tenant_id, NEW.device_id) IS DISTINCT FROM (OLD.tenant_id, OLD.device_id))
	EXECUTE FUNCTION fota.keep_device();
COMMENT ON TRIGGER keep_device ON fota.device IS 'Its number never changes.';
