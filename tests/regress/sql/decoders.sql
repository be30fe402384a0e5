-- Formats that a vendor made up: a function of this database decodes them (layouts are in the file layouts).
SELECT fota.add_model('lamp', '{app}');

-- "ACME" + one byte of version, then the payload; it says its hardware, too.
CREATE FUNCTION public.acme(file bytea, options jsonb)
RETURNS TABLE (payload bytea, metadata jsonb, warnings jsonb) LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF length(file) < 6 THEN
		RAISE EXCEPTION 'acme: the file has % bytes, expected at least 6', length(file) USING ERRCODE = 'UF003';
	END IF;
	RETURN QUERY SELECT substr(file, 6), jsonb_build_object('version', get_byte(file, 4) || '.0', 'hw', '["acme-1"]'::jsonb), NULL::jsonb;
END $$;
INSERT INTO fota.decoder (decoder, function, magic) VALUES ('acme', 'public.acme', 'ACME');

-- Known by its magic, or asked for by name; what it says is used like what ours say.
SELECT fota.add_image('lamp', 'app', '1.0', 'ACME\001payload');
SELECT format, state, payload_sha256 = sha256('payload') AS payload, metadata FROM fota.image;
SELECT fota.add_image('lamp', 'app', '3.0', 'ACME\002payload');
SELECT fota.add_image('lamp', 'app', '3.0', 'ACME\002payload', '{"waivers": ["metadata_mismatch"]}');
SELECT * FROM fota.image_warnings(sha256('ACME\002payload'));
SELECT fota.add_image('lamp', 'app', '4.0', 'ACME', '{"format": "acme"}');
SELECT fota.add_image('lamp', 'app', '4.0', 'NOTACME', '{"format": "acme"}') AS by_name;

-- An upload of such a file is decoded when it is complete.
SELECT upload_id AS up FROM fota.upload_begin(sha256('ACME\005uploaded'), 13) \gset
SELECT fota.upload_chunk(:up, 0, 'ACME\005uploaded');
SELECT fota.upload_finish(:up, 'lamp', 'app', '5.0');
SELECT version, format, state, payload_sha256 = sha256('uploaded') AS payload FROM fota.image WHERE version = '5.0';
SELECT count(*) AS uploads_left FROM fota.upload;
SELECT upload_id AS up FROM fota.upload_begin(sha256('ACME\006uploaded'), 13) \gset
SELECT fota.upload_chunk(:up, 0, 'ACME\006xploaded');
SELECT fota.upload_finish(:up, 'lamp', 'app', '6.0');

-- What is wrong with a decoder.
INSERT INTO fota.decoder (decoder, function) VALUES ('ihex', 'public.acme');
INSERT INTO fota.decoder (decoder, function) VALUES ('other', 'public.nothing');
INSERT INTO fota.decoder (decoder) VALUES ('other');
INSERT INTO fota.decoder (decoder, function, layout) VALUES ('other', 'public.acme', '{}');
INSERT INTO fota.decoder (decoder, layout) VALUES ('other', '{"endian": "big"}');
INSERT INTO fota.decoder (decoder, function) VALUES ('Other', 'public.acme');
SELECT fota.add_image('lamp', 'app', '7.0', 'x', '{"format": "other"}');

-- A function that gives what is no image.
CREATE FUNCTION public.bad(file bytea, options jsonb) RETURNS TABLE (payload bytea, metadata jsonb, warnings jsonb)
LANGUAGE sql AS $$ SELECT ''::bytea, '[]'::jsonb, '{}'::jsonb $$;
INSERT INTO fota.decoder (decoder, function, magic, magic_offset) VALUES ('bad', 'public.bad', 'BAD', 2);
SELECT fota.add_image('lamp', 'app', '7.0', 'xxBADx');
