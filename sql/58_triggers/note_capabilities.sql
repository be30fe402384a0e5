-- SPDX-License-Identifier: PostgreSQL
--
-- fota.note_capabilities: history of what a device can take, and of its hardware: a row whenever they
-- differ. A row trigger, since most of what a device reports of itself is not among it.

CREATE OR REPLACE FUNCTION fota.note_capabilities()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		INSERT INTO fota.device_history (tenant_id, device_id, relation)
		VALUES (OLD.tenant_id, OLD.device_id, TG_TABLE_NAME);
	ELSE
		INSERT INTO fota.device_history (tenant_id, device_id, relation, document)
		VALUES (NEW.tenant_id, NEW.device_id, TG_TABLE_NAME, jsonb_build_object('accept', NEW.accept, 'hw', NEW.hw));
	END IF;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.note_capabilities() IS 'Trigger: writes fota.device_history.';

CREATE TRIGGER note_capabilities AFTER INSERT OR DELETE ON fota.device_report_state
	FOR EACH ROW EXECUTE FUNCTION fota.note_capabilities();
COMMENT ON TRIGGER note_capabilities ON fota.device_report_state IS 'Writes the history of capabilities and hardware.';
CREATE TRIGGER note_capabilities_again AFTER UPDATE OF accept, hw ON fota.device_report_state
	FOR EACH ROW WHEN ((OLD.accept, OLD.hw) IS DISTINCT FROM (NEW.accept, NEW.hw))
	EXECUTE FUNCTION fota.note_capabilities();
COMMENT ON TRIGGER note_capabilities_again ON fota.device_report_state IS 'Writes the history of capabilities and hardware that differ.';
