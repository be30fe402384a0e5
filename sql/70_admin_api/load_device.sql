-- SPDX-License-Identifier: PostgreSQL
--
-- fota.load_device: devices as COPY brings them: PostgreSQL refuses COPY into a table under
-- row-level security, but not into this view. tenant_id NULL = the caller's tenant; parent
-- is the name of the gateway, which must be there or come before.

CREATE VIEW fota.load_device WITH (security_barrier) AS
SELECT d.tenant_id, d.model, d.serial, d.name, d.year, d.batch, d.tags, d.attributes, d.time_zone,
	p.name AS parent, d.exclusion_group
FROM fota.device d
LEFT JOIN fota.device p ON p.tenant_id = d.tenant_id AND p.device_id = d.parent_id
WHERE fota.may_see(d.tenant_id);

COMMENT ON VIEW fota.load_device IS 'Bulk loading of devices by COPY or INSERT.';
COMMENT ON COLUMN fota.load_device.tenant_id IS 'Tenant; NULL = that of the caller.';
COMMENT ON COLUMN fota.load_device.model IS 'Product code.';
COMMENT ON COLUMN fota.load_device.serial IS 'Serial number.';
COMMENT ON COLUMN fota.load_device.name IS 'Identity on the wire; NULL = the serial.';
COMMENT ON COLUMN fota.load_device.year IS 'Year of manufacture.';
COMMENT ON COLUMN fota.load_device.batch IS 'Batch of manufacture.';
COMMENT ON COLUMN fota.load_device.tags IS 'Labels.';
COMMENT ON COLUMN fota.load_device.attributes IS 'What is known about it.';
COMMENT ON COLUMN fota.load_device.time_zone IS 'Time zone; NULL = that of the model.';
COMMENT ON COLUMN fota.load_device.parent IS 'Name of the gateway that it is behind.';
COMMENT ON COLUMN fota.load_device.exclusion_group IS 'Devices of one group never update at the same time.';

CREATE OR REPLACE FUNCTION fota.load_device()
RETURNS trigger
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := coalesce(NEW.tenant_id, fota.current_tenant());
BEGIN
	INSERT INTO fota.device (tenant_id, model, serial, name, year, batch, tags, attributes, time_zone,
		parent_id, exclusion_group)
	VALUES (v_tenant, NEW.model, NEW.serial, NEW.name, NEW.year, NEW.batch, coalesce(NEW.tags, '{}'),
		coalesce(NEW.attributes, '{}'), NEW.time_zone,
		CASE WHEN NEW.parent IS NOT NULL THEN fota.find_device(v_tenant, NEW.parent) END,
		NEW.exclusion_group);
	NEW.tenant_id := v_tenant;
	RETURN NEW;
END
$$;

COMMENT ON FUNCTION fota.load_device() IS 'Trigger: a row of fota.load_device becomes a device.';

CREATE TRIGGER load_device INSTEAD OF INSERT ON fota.load_device
	FOR EACH ROW EXECUTE FUNCTION fota.load_device();
COMMENT ON TRIGGER load_device ON fota.load_device IS 'Inserts the device.';
