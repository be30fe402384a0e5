-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_decoder: a decoder does not take the name of a format that we know, and its function is there.

CREATE OR REPLACE FUNCTION fota.check_decoder()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	IF NEW.decoder = ANY (fota.image_formats()) THEN
		RAISE EXCEPTION 'there is a format "%" already', NEW.decoder
			USING ERRCODE = '42710', HINT = 'Give the decoder another name.';
	ELSIF NEW.layout IS NOT NULL AND (NEW.layout ->> 'endian' IS NULL OR jsonb_typeof(NEW.layout -> 'fields') IS DISTINCT FROM 'array') THEN
		RAISE EXCEPTION 'the layout of decoder "%" is not complete', NEW.decoder
			USING ERRCODE = '22023', DETAIL = 'It has "endian" ("big" or "little") and "fields", a list.',
				HINT = 'In the native profile fota.check_layout(layout) says all that is wrong with it.';
	ELSIF NEW.function IS NOT NULL AND to_regprocedure(NEW.function || '(bytea, jsonb)') IS NULL THEN
		RAISE EXCEPTION 'decoder "%": there is no function %(bytea, jsonb)', NEW.decoder, left(NEW.function, 80)
			USING ERRCODE = '42883', HINT = 'Write its name with its schema.';
	END IF;
	RETURN NEW;
END
$$;

COMMENT ON FUNCTION fota.check_decoder() IS 'Trigger: a decoder has a name of its own, and is complete.';

CREATE TRIGGER check_decoder BEFORE INSERT OR UPDATE ON fota.decoder
	FOR EACH ROW EXECUTE FUNCTION fota.check_decoder();
COMMENT ON TRIGGER check_decoder ON fota.decoder IS 'A decoder has a name of its own, and is complete.';
