-- SPDX-License-Identifier: PostgreSQL
--
-- fota.announce: statement trigger: tells front-ends which devices or credentials changed,
-- or, of more than 100 in one statement, only that many of the tenant did. A new device
-- needs no announcement, since nobody remembers it; a new credential does, so that a CA is
-- trusted at once.

CREATE OR REPLACE FUNCTION fota.announce()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF (SELECT count(*) FROM (SELECT FROM changed LIMIT 101) c) > 100 THEN
		INSERT INTO fota.device_change (tenant_id, kind, id)
		SELECT DISTINCT c.tenant_id, CASE TG_TABLE_NAME WHEN 'credential' THEN 'credential' ELSE 'tenant' END, 0
		FROM changed c;
	ELSIF TG_TABLE_NAME = 'credential' THEN
		INSERT INTO fota.device_change (tenant_id, kind, id, name)
		SELECT c.tenant_id, 'credential', c.credential_id, coalesce(c.identity, '') FROM changed c;
	ELSE
		INSERT INTO fota.device_change (tenant_id, kind, id, name)
		SELECT c.tenant_id, 'device', c.device_id, c.name FROM changed c;
	END IF;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.announce() IS 'Trigger: writes fota.device_change.';

CREATE TRIGGER announce_update AFTER UPDATE ON fota.device
	REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION fota.announce();
COMMENT ON TRIGGER announce_update ON fota.device IS 'Front-ends forget what they remember.';
CREATE TRIGGER announce_delete AFTER DELETE ON fota.device
	REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION fota.announce();
COMMENT ON TRIGGER announce_delete ON fota.device IS 'Front-ends forget what they remember.';
CREATE TRIGGER announce_insert AFTER INSERT ON fota.credential
	REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION fota.announce();
COMMENT ON TRIGGER announce_insert ON fota.credential IS 'Front-ends learn it at once.';
CREATE TRIGGER announce_update AFTER UPDATE ON fota.credential
	REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION fota.announce();
COMMENT ON TRIGGER announce_update ON fota.credential IS 'Front-ends forget what they remember.';
CREATE TRIGGER announce_delete AFTER DELETE ON fota.credential
	REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION fota.announce();
COMMENT ON TRIGGER announce_delete ON fota.credential IS 'Front-ends forget what they remember.';
