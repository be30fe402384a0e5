-- SPDX-License-Identifier: PostgreSQL
--
-- fota.announce_action: an action that is closed grants nothing any more; front-ends forget it.

CREATE OR REPLACE FUNCTION fota.announce_action()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	INSERT INTO fota.device_change (tenant_id, kind, id) VALUES (NEW.tenant_id, 'device', NEW.device_id);
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.announce_action() IS 'Trigger: announces the device of an action that changed state.';

CREATE TRIGGER announce_action AFTER UPDATE ON fota.action
	FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION fota.announce_action();
COMMENT ON TRIGGER announce_action ON fota.action IS 'Front-ends forget what they remember.';
