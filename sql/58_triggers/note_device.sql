-- SPDX-License-Identifier: PostgreSQL
--
-- fota.note_device: history of what decisions read of a device: a row whenever its row or its contents
-- change in anything but the time of the report, or its capabilities or hardware do.

CREATE OR REPLACE FUNCTION fota.note_device()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	v_old jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
	v_new jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
	v_any jsonb := coalesce(v_new, v_old);
BEGIN
	IF TG_TABLE_NAME = 'device_report_state' THEN
		v_old := CASE WHEN v_old IS NOT NULL THEN jsonb_build_object('accept', v_old -> 'accept', 'hw', v_old -> 'hw') END;
		v_new := CASE WHEN v_new IS NOT NULL THEN jsonb_build_object('accept', v_new -> 'accept', 'hw', v_new -> 'hw') END;
	ELSE
		v_old := v_old - 'reported_at';
		v_new := v_new - 'reported_at';
	END IF;
	IF v_old IS DISTINCT FROM v_new THEN
		INSERT INTO fota.device_history (tenant_id, device_id, relation, component, document)
		VALUES ((v_any ->> 'tenant_id')::int, (v_any ->> 'device_id')::bigint, TG_TABLE_NAME,
			coalesce(v_any ->> 'component', ''), v_new);
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
CREATE TRIGGER note_device AFTER INSERT OR DELETE ON fota.device_report_state
	FOR EACH ROW EXECUTE FUNCTION fota.note_device();
COMMENT ON TRIGGER note_device ON fota.device_report_state IS 'Writes the history of capabilities and hardware.';
CREATE TRIGGER note_device_again AFTER UPDATE OF accept, hw ON fota.device_report_state
	FOR EACH ROW WHEN ((OLD.accept, OLD.hw) IS DISTINCT FROM (NEW.accept, NEW.hw))
	EXECUTE FUNCTION fota.note_device();
COMMENT ON TRIGGER note_device_again ON fota.device_report_state IS 'Writes the history of capabilities and hardware that differ.';
