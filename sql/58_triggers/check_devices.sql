-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_devices: the model of a device must be there; all models that a statement names are
-- looked up at once.

CREATE OR REPLACE FUNCTION fota.check_devices()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
	v_bad record;
BEGIN
	SELECT n.tenant_id, n.model INTO v_bad
	FROM (SELECT DISTINCT n.tenant_id, n.model FROM new_rows n) n
	WHERE NOT EXISTS (SELECT FROM fota.model m WHERE m.tenant_id = n.tenant_id AND m.model = n.model)
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'device "%": there is no model "%"', (SELECT n.name FROM new_rows n
				WHERE n.tenant_id = v_bad.tenant_id AND n.model = v_bad.model ORDER BY n.device_id LIMIT 1), v_bad.model
			USING ERRCODE = '23503', SCHEMA = 'fota', TABLE = 'device', COLUMN = 'model', CONSTRAINT = 'device_tenant_id_model_fkey',
				DETAIL = format('Tenant %s has no model of that name.', v_bad.tenant_id),
				HINT = 'SELECT model FROM fota.model lists them; fota.add_model makes one.';
	END IF;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.check_devices() IS 'Statement trigger: models of devices must be there.';

CREATE TRIGGER check_devices_insert AFTER INSERT ON fota.device
	REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION fota.check_devices();
COMMENT ON TRIGGER check_devices_insert ON fota.device IS 'Their models must be there.';
CREATE TRIGGER check_devices_update AFTER UPDATE ON fota.device
	REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION fota.check_devices();
COMMENT ON TRIGGER check_devices_update ON fota.device IS 'Their models must be there.';
