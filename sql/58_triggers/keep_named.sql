-- SPDX-License-Identifier: PostgreSQL
--
-- fota.keep_named: a release or model that a rule names is not deleted, nor has it another name at commit.
-- With the locks of fota.check_rules and fota.check_names this is what a foreign key does: whoever
-- names it and whoever deletes it wait for each other. Under REPEATABLE READ, where a rule may be there that
-- is not seen, fota.close_changes fails as 40001, since both raise the epoch of the tenant.

CREATE OR REPLACE FUNCTION fota.keep_named()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_rule text;
	v_name text COLLATE "C";
BEGIN
	IF TG_TABLE_NAME = 'release' THEN
		v_name := OLD.release;
		IF EXISTS (SELECT FROM fota.release r WHERE r.tenant_id = OLD.tenant_id AND r.release = v_name) THEN
			RETURN NULL;
		END IF;
		SELECT r.name INTO v_rule FROM fota.rule r
		WHERE r.tenant_id = OLD.tenant_id AND r.release = v_name ORDER BY r.name LIMIT 1 FOR KEY SHARE;
	ELSE
		v_name := OLD.model;
		IF EXISTS (SELECT FROM fota.model m WHERE m.tenant_id = OLD.tenant_id AND m.model = v_name) THEN
			RETURN NULL;
		END IF;
		SELECT r.name INTO v_rule FROM fota.rule r
		WHERE r.tenant_id = OLD.tenant_id AND r.model = v_name ORDER BY r.name LIMIT 1 FOR KEY SHARE;
	END IF;
	IF FOUND THEN
		RAISE EXCEPTION '% "%" is named by rule "%"', TG_TABLE_NAME, v_name, v_rule
			USING ERRCODE = '23503', SCHEMA = 'fota', TABLE = 'rule', COLUMN = TG_TABLE_NAME::text,
				CONSTRAINT = format('rule_tenant_id_%s_fkey', TG_TABLE_NAME),
				DETAIL = format('Key (tenant_id, %s)=(%s, %s) is still referenced from table "rule".', TG_TABLE_NAME, OLD.tenant_id, v_name),
				HINT = format('Delete the rule first, or let it name another %s.', TG_TABLE_NAME);
	END IF;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.keep_named() IS 'Trigger: a release or model stays as long as a rule names it.';

CREATE TRIGGER keep_named AFTER DELETE ON fota.release
	FOR EACH ROW EXECUTE FUNCTION fota.keep_named();
COMMENT ON TRIGGER keep_named ON fota.release IS 'No rule names it.';
CREATE TRIGGER keep_named AFTER DELETE ON fota.model
	FOR EACH ROW EXECUTE FUNCTION fota.keep_named();
COMMENT ON TRIGGER keep_named ON fota.model IS 'No rule names it.';
CREATE CONSTRAINT TRIGGER keep_named_update AFTER UPDATE ON fota.release
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
	WHEN (NEW.tenant_id IS DISTINCT FROM OLD.tenant_id OR NEW.release IS DISTINCT FROM OLD.release)
	EXECUTE FUNCTION fota.keep_named();
COMMENT ON TRIGGER keep_named_update ON fota.release IS 'No rule names what it was called, at commit.';
CREATE CONSTRAINT TRIGGER keep_named_update AFTER UPDATE ON fota.model
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
	WHEN (NEW.tenant_id IS DISTINCT FROM OLD.tenant_id OR NEW.model IS DISTINCT FROM OLD.model)
	EXECUTE FUNCTION fota.keep_named();
COMMENT ON TRIGGER keep_named_update ON fota.model IS 'No rule names what it was called, at commit.';
