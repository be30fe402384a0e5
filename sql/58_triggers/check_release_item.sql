-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_release_item: at commit, the version that an item asks for must be an image of
-- the item's own model and component. It is locked like the target of a foreign key, so that nobody
-- deletes it at the same time.

CREATE OR REPLACE FUNCTION fota.check_release_item()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
	v_other text;
BEGIN
	IF NEW.version IS NULL OR NOT EXISTS (
			SELECT FROM fota.release_item i
			WHERE i.tenant_id = NEW.tenant_id AND i.release = NEW.release AND i.model = NEW.model
				AND i.component = NEW.component AND i.version = NEW.version) THEN
		RETURN NULL;
	END IF;
	PERFORM FROM fota.image i
	WHERE i.tenant_id = NEW.tenant_id AND i.model = NEW.model AND i.component = NEW.component AND i.version = NEW.version
	FOR KEY SHARE;
	IF FOUND THEN
		RETURN NULL;
	END IF;
	SELECT string_agg(DISTINCT i.model, ', ') INTO v_other FROM fota.image i
	WHERE i.tenant_id = NEW.tenant_id AND i.component = NEW.component AND i.version = NEW.version;
	RAISE EXCEPTION 'release "%": there is no image of % % %', NEW.release, NEW.model, NEW.component, NEW.version
		USING ERRCODE = '23503', SCHEMA = 'fota', TABLE = 'release_item', COLUMN = 'version', CONSTRAINT = 'release_item_image',
			DETAIL = CASE WHEN v_other IS NULL THEN 'No model has an image of that version.'
				ELSE format('There is one of model %s.', v_other) END,
			HINT = 'Add the image first, or correct model, component or version.';
END
$$;

COMMENT ON FUNCTION fota.check_release_item() IS 'Trigger: an item''s image must exist and be of its model.';

CREATE CONSTRAINT TRIGGER release_item_image AFTER INSERT OR UPDATE ON fota.release_item
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fota.check_release_item();
COMMENT ON TRIGGER release_item_image ON fota.release_item IS 'The image must exist, at commit.';
