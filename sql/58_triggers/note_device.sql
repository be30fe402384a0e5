-- SPDX-License-Identifier: PostgreSQL
--
-- fota.note_device: history of a device's row and of its contents, a row whenever it
-- changes in anything but the time of the report.

CREATE OR REPLACE FUNCTION fota.note_device()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	v_old jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - 'reported_at' END;
	v_new jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - 'reported_at' END;
BEGIN
	IF v_old IS DISTINCT FROM v_new THEN
		INSERT INTO fota.device_history (tenant_id, device_id, relation, component, document)
		VALUES ((coalesce(v_new, v_old) ->> 'tenant_id')::int,
			(coalesce(v_new, v_old) ->> 'device_id')::bigint, TG_TABLE_NAME,
			coalesce(coalesce(v_new, v_old) ->> 'component', ''), v_new);
	END IF;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.note_device() IS 'Trigger: writes fota.device_history.';

CREATE TRIGGER note_device AFTER INSERT OR UPDATE OR DELETE ON fota.device
	FOR EACH ROW EXECUTE FUNCTION fota.note_device();
COMMENT ON TRIGGER note_device ON fota.device IS 'Writes the history of the row.';
CREATE TRIGGER note_device AFTER INSERT OR UPDATE OR DELETE ON fota.device_contents
	FOR EACH ROW EXECUTE FUNCTION fota.note_device();
COMMENT ON TRIGGER note_device ON fota.device_contents IS 'Writes the history of the contents.';
