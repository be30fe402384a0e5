-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_client_class: the client class that a model names must exist, for its tenant or for all;
-- and stays as long as a model names it. It is locked like the target of a foreign key, so that nobody
-- deletes it at the same time.

CREATE OR REPLACE FUNCTION fota.check_client_class()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_model fota.model;
BEGIN
	FOR v_model IN
		SELECT m.* FROM fota.model m
		WHERE CASE TG_TABLE_NAME WHEN 'model' THEN m.tenant_id = NEW.tenant_id AND m.model = to_jsonb(NEW) ->> 'model'
			ELSE (m.tenant_id = OLD.tenant_id OR OLD.tenant_id = 0) AND m.client_class = OLD.client_class END
	LOOP
		PERFORM FROM fota.client_class k
		WHERE k.tenant_id IN (0, v_model.tenant_id) AND k.client_class = v_model.client_class
		FOR KEY SHARE;
		IF v_model.client_class IS NOT NULL AND NOT FOUND THEN
			RAISE EXCEPTION 'model "%": there is no client class "%"', v_model.model, v_model.client_class
				USING ERRCODE = '23503', SCHEMA = 'fota', TABLE = 'model', COLUMN = 'client_class',
					CONSTRAINT = 'model_client_class_fkey',
					DETAIL = format('Classes are: %s.', (SELECT string_agg(DISTINCT k.client_class, ', ')
						FROM fota.client_class k WHERE k.tenant_id IN (0, v_model.tenant_id))),
					HINT = CASE TG_TABLE_NAME WHEN 'model' THEN 'Name one of them, or insert the class into fota.client_class first.'
						ELSE 'Let the model name another class, or none, first.' END;
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.check_client_class() IS 'Trigger: the client class that a model names must exist.';

CREATE CONSTRAINT TRIGGER model_client_class AFTER INSERT OR UPDATE OF tenant_id, client_class ON fota.model
	DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW WHEN (NEW.client_class IS NOT NULL)
	EXECUTE FUNCTION fota.check_client_class();
COMMENT ON TRIGGER model_client_class ON fota.model IS 'The client class must exist.';
CREATE CONSTRAINT TRIGGER keep_client_class AFTER DELETE OR UPDATE OF tenant_id, client_class ON fota.client_class
	DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION fota.check_client_class();
COMMENT ON TRIGGER keep_client_class ON fota.client_class IS 'No model names a class that is gone.';
