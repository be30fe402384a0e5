-- SPDX-License-Identifier: PostgreSQL
--
-- fota.keep_approval: where a second person has to approve what is started, none who may start it can
-- switch that off alone: once the setting `approval` is on for a tenant, only the owner of the tables
-- puts it back.

CREATE OR REPLACE FUNCTION fota.keep_approval()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF pg_has_role(current_user, (SELECT c.relowner FROM pg_class c WHERE c.oid = TG_RELID), 'USAGE') THEN
		RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
	ELSIF TG_OP = 'INSERT' THEN
		IF NOT coalesce(fota.get_setting(NEW.tenant_id, 'approval')::boolean, false) THEN
			RETURN NEW;
		END IF;
	ELSIF TG_OP = 'UPDATE' THEN
		IF (NEW.tenant_id, NEW.name, NEW.value) = (OLD.tenant_id, OLD.name, OLD.value) THEN
			RETURN NEW;
		END IF;
	END IF;
	RAISE EXCEPTION 'setting "approval" is on, and stays so'
		USING ERRCODE = '42501', SCHEMA = 'fota', TABLE = 'setting', COLUMN = 'value',
			DETAIL = format('Who starts rules of tenant %s must not take the second person away.',
				CASE TG_OP WHEN 'INSERT' THEN NEW.tenant_id ELSE OLD.tenant_id END),
			HINT = 'The owner of the tables may switch it off.';
END
$$;

COMMENT ON FUNCTION fota.keep_approval() IS 'Trigger: only the owner switches the setting `approval` off.';

CREATE TRIGGER keep_approval BEFORE UPDATE OR DELETE ON fota.setting
	FOR EACH ROW WHEN (OLD.name = 'approval' AND OLD.value = 'on') EXECUTE FUNCTION fota.keep_approval();
COMMENT ON TRIGGER keep_approval ON fota.setting IS 'Only the owner switches `approval` off.';
CREATE TRIGGER keep_approval_insert BEFORE INSERT ON fota.setting
	FOR EACH ROW WHEN (NEW.name = 'approval' AND NEW.value <> 'on') EXECUTE FUNCTION fota.keep_approval();
COMMENT ON TRIGGER keep_approval_insert ON fota.setting IS 'Only the owner switches `approval` off.';
