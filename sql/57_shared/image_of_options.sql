-- SPDX-License-Identifier: PostgreSQL
--
-- fota.image_of_options: the row of an image that is about to be added, from the options of
-- add_image and upload_finish: {"format", "build", "hw": [..], "slot", "waivers": [..], "file_name",
-- "requires": {..}, "floor", "security_fix", "vulnerable", "min_battery", "mains"}. An option that
-- there is not, or that is of another kind, is an error; null is as if left out.

CREATE OR REPLACE FUNCTION fota.image_of_options(tenant_id int, model text, component text,
	version text, options jsonb)
RETURNS fota.image
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_image fota.image;
	v_option record;
	v_kind text;
BEGIN
	IF $4 IS NULL OR $4 !~ '^[^[:cntrl:]]{1,128}$' THEN
		RAISE EXCEPTION 'version "%" is no version', coalesce(left($4, 140), 'NULL')
			USING ERRCODE = '22023', DETAIL = 'A version has 1 to 128 characters, none of them a control character.';
	END IF;
	IF jsonb_typeof($5) IS DISTINCT FROM 'object' THEN
		RAISE EXCEPTION 'the options are no JSON object'
			USING ERRCODE = '22023', DETAIL = format('Found: %s', left(coalesce($5::text, 'NULL'), 80)),
				HINT = 'For example: {"format": "ihex", "file_name": "app.hex"}';
	END IF;
	FOR v_option IN SELECT e.key, e.value, jsonb_typeof(e.value) AS kind FROM jsonb_each($5) e LOOP
		v_kind := CASE WHEN v_option.key IN ('format', 'build', 'file_name') THEN 'string'
			WHEN v_option.key IN ('hw', 'waivers') THEN 'array'
			WHEN v_option.key IN ('floor', 'security_fix', 'vulnerable', 'mains') THEN 'boolean'
			WHEN v_option.key = 'requires' THEN 'object'
			WHEN v_option.key IN ('min_battery', 'slot') THEN 'number' END;
		IF v_kind IS NULL THEN
			RAISE EXCEPTION 'there is no option "%"', left(v_option.key, 80)
				USING ERRCODE = '22023', HINT = 'The options are format, build, hw, slot, waivers, file_name, '
					'requires, floor, security_fix, vulnerable, min_battery and mains.';
		ELSIF v_option.kind NOT IN (v_kind, 'null') OR v_option.kind = 'array' AND EXISTS (
			SELECT FROM jsonb_array_elements(v_option.value) a WHERE jsonb_typeof(a) <> 'string')
			OR v_option.kind = 'number' AND v_option.value::text !~ '^([0-9]{1,2}|100)$' THEN
			RAISE EXCEPTION 'option "%" is %', v_option.key, left(v_option.value::text, 80)
				USING ERRCODE = '22023', DETAIL = format('Expected: %s.',
					CASE v_kind WHEN 'array' THEN 'an array of strings' WHEN 'number' THEN 'a number from 0 to 100'
						WHEN 'object' THEN 'an object such as {"from": ">=1.4", "components": {"bootloader": ">=1.2"}}'
						ELSE 'a ' || v_kind END);
		ELSIF v_option.key = 'format' AND v_option.value #>> '{}' <> ALL (fota.image_formats())
			AND NOT EXISTS (SELECT FROM fota.decoder d
				WHERE d.tenant_id = $1 AND d.decoder = v_option.value #>> '{}' COLLATE "C") THEN
			RAISE EXCEPTION 'there is no image format "%"', left(v_option.value #>> '{}', 80)
				USING ERRCODE = 'UF007', HINT = format('Formats are %s, and those of fota.decoder.', array_to_string(fota.image_formats(), ', '));
		END IF;
	END LOOP;

	v_image.tenant_id := $1;
	v_image.model := $2;
	v_image.component := $3;
	v_image.version := $4;
	v_image.build := coalesce($5 ->> 'build', '');
	v_image.format := $5 ->> 'format';
	v_image.hw := CASE WHEN jsonb_typeof($5 -> 'hw') = 'array'
		THEN ARRAY(SELECT jsonb_array_elements_text($5 -> 'hw')) END;
	v_image.slot := ($5 ->> 'slot')::int;
	v_image.requires := nullif($5 -> 'requires', 'null');
	v_image.floor := coalesce(($5 ->> 'floor')::boolean, false);
	v_image.security_fix := coalesce(($5 ->> 'security_fix')::boolean, false);
	v_image.vulnerable := coalesce(($5 ->> 'vulnerable')::boolean, false);
	v_image.min_battery := ($5 ->> 'min_battery')::smallint;
	v_image.mains := coalesce(($5 ->> 'mains')::boolean, false);
	v_image.metadata := jsonb_strip_nulls(jsonb_build_object('file_name', $5 ->> 'file_name'));
	v_image.warnings := '[]';
	v_image.added_at := now();
	RETURN v_image;
END
$$;

COMMENT ON FUNCTION fota.image_of_options(int, text, text, text, jsonb) IS
	'The row of an image that is about to be added; checks version and options.';
