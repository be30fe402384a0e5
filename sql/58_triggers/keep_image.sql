-- SPDX-License-Identifier: PostgreSQL
--
-- fota.keep_image: a published version is the same bytes for ever, since devices may have
-- it; and one that a release asks for is not deleted under it.

CREATE OR REPLACE FUNCTION fota.keep_image()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
	v_release text;
BEGIN
	IF TG_OP = 'UPDATE' THEN
		IF (OLD.tenant_id, OLD.model, OLD.component, OLD.version, OLD.build, OLD.sha256, OLD.payload_sha256,
			OLD.content_id, OLD.format, OLD.size) IS NOT DISTINCT FROM
			(NEW.tenant_id, NEW.model, NEW.component, NEW.version, NEW.build, NEW.sha256, NEW.payload_sha256,
			NEW.content_id, NEW.format, NEW.size) THEN
			RETURN NEW;
		END IF;
		RAISE EXCEPTION 'image % % % is published, it cannot become another', OLD.model, OLD.component, OLD.version
			USING ERRCODE = '55000', DETAIL = 'Names, digests, format and size of a published image never change.',
				HINT = 'Add another version; state ''withdrawn'' takes this one back.';
	END IF;
	SELECT i.release INTO v_release FROM fota.release_item i
	WHERE i.tenant_id = OLD.tenant_id AND i.model = OLD.model AND i.component = OLD.component
		AND i.version = OLD.version AND NOT EXISTS (
			SELECT FROM fota.image m
			WHERE m.tenant_id = OLD.tenant_id AND m.model = OLD.model AND m.component = OLD.component
				AND m.version = OLD.version)
	ORDER BY i.release LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'image % % % is asked for by release "%"', OLD.model, OLD.component, OLD.version, v_release
			USING ERRCODE = '23503', TABLE = 'release_item', CONSTRAINT = 'release_item_image',
				DETAIL = 'A release names versions that are there.',
				HINT = 'Delete the release first, or set the image''s state to ''withdrawn''.';
	END IF;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.keep_image() IS 'Trigger: a published image stays what it is, and as long as a release asks for it.';

CREATE TRIGGER keep_image BEFORE UPDATE ON fota.image
	FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION fota.keep_image();
COMMENT ON TRIGGER keep_image ON fota.image IS 'A published image never becomes another.';
CREATE CONSTRAINT TRIGGER keep_image_delete AFTER DELETE ON fota.image
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fota.keep_image();
COMMENT ON TRIGGER keep_image_delete ON fota.image IS 'No release asks for it, at commit.';
