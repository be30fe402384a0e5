-- SPDX-License-Identifier: PostgreSQL
--
-- fota.announce: statement trigger: tells front-ends which devices or credentials changed,
-- or, of more than 100 in one statement, only that the tenant did. New rows need no
-- announcement: nobody remembers them.

CREATE OR REPLACE FUNCTION fota.announce()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF TG_TABLE_NAME = 'credential' THEN
		INSERT INTO fota.device_change (tenant_id, kind, id, name)
		SELECT DISTINCT o.tenant_id, 'credential', o.credential_id, coalesce(o.identity, '') FROM old_rows o;
	ELSIF (SELECT count(*) FROM (SELECT FROM old_rows LIMIT 101) o) > 100 THEN
		INSERT INTO fota.device_change (tenant_id, kind, id)
		SELECT DISTINCT o.tenant_id, 'tenant', 0 FROM old_rows o;
	ELSE
		INSERT INTO fota.device_change (tenant_id, kind, id, name)
		SELECT o.tenant_id, 'device', o.device_id, o.name FROM old_rows o;
	END IF;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.announce() IS 'Trigger: writes fota.device_change.';

CREATE TRIGGER announce_update AFTER UPDATE ON fota.device
	REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION fota.announce();
COMMENT ON TRIGGER announce_update ON fota.device IS 'Front-ends forget what they remember.';
CREATE TRIGGER announce_delete AFTER DELETE ON fota.device
	REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION fota.announce();
COMMENT ON TRIGGER announce_delete ON fota.device IS 'Front-ends forget what they remember.';
CREATE TRIGGER announce_update AFTER UPDATE ON fota.credential
	REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION fota.announce();
COMMENT ON TRIGGER announce_update ON fota.credential IS 'Front-ends forget what they remember.';
CREATE TRIGGER announce_delete AFTER DELETE ON fota.credential
	REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION fota.announce();
COMMENT ON TRIGGER announce_delete ON fota.credential IS 'Front-ends forget what they remember.';
