-- SPDX-License-Identifier: PostgreSQL
--
-- fota.begin_tenant: what every tenant has from its first moment: an epoch, model '*', and versions
-- of the settings and client classes that hold for all.

CREATE OR REPLACE FUNCTION fota.begin_tenant()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	INSERT INTO fota.epoch (tenant_id) VALUES (NEW.tenant_id);
	INSERT INTO fota.model (tenant_id, model, description)
	VALUES (NEW.tenant_id, '*', 'all models of the tenant');
	PERFORM fota.note_row(NEW.tenant_id, 'setting', fota.row_key(to_jsonb(s), '{name}'), to_jsonb(s))
	FROM fota.setting s WHERE s.tenant_id = 0;
	PERFORM fota.note_row(NEW.tenant_id, 'client_class', fota.row_key(to_jsonb(k), '{client_class}'), to_jsonb(k))
	FROM fota.client_class k WHERE k.tenant_id = 0;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.begin_tenant() IS 'Trigger: a new tenant gets its epoch and model ''*''.';

CREATE TRIGGER begin_tenant AFTER INSERT ON fota.tenant
	FOR EACH ROW EXECUTE FUNCTION fota.begin_tenant();
COMMENT ON TRIGGER begin_tenant ON fota.tenant IS 'A new tenant gets its epoch and model ''*''.';
