-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_image_limits: what a model accepts: files of at most so many bytes, in these
-- formats (format NULL = not known yet).

CREATE OR REPLACE FUNCTION fota.check_image_limits(tenant_id int, model text, size bigint, format text)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_model fota.model;
BEGIN
	SELECT m.* INTO v_model FROM fota.model m WHERE m.tenant_id = $1 AND m.model = $2 COLLATE "C";
	IF $3 > v_model.max_image_bytes THEN
		RAISE EXCEPTION 'the file has % bytes, more than model "%" accepts', $3, $2
			USING ERRCODE = '54000', DETAIL = format('It accepts %s bytes.', v_model.max_image_bytes),
				HINT = 'UPDATE fota.model SET max_image_bytes raises the limit.';
	END IF;
	IF $3 > fota.get_limit($1, 'max_input') THEN
		RAISE EXCEPTION 'the file has % bytes, more than is accepted', $3
			USING ERRCODE = '54000', DETAIL = format('Setting max_input allows %s bytes.', fota.get_limit($1, 'max_input')),
				HINT = 'The DBA can raise it in fota.setting.';
	END IF;
	-- Of "gzip(ihex)" either name will do.
	IF $4 <> ALL (v_model.allowed_formats)
		AND coalesce(substring($4 FROM '\((.*)\)'), '') <> ALL (v_model.allowed_formats) THEN
		RAISE EXCEPTION 'format % is not accepted for model "%"', $4, $2
			USING ERRCODE = '22023',
				DETAIL = format('The model accepts: %s.', array_to_string(v_model.allowed_formats, ', ')),
				HINT = 'Convert the file, or UPDATE fota.model SET allowed_formats.';
	END IF;
END
$$;

COMMENT ON FUNCTION fota.check_image_limits(int, text, bigint, text) IS
	'Raises when a file is larger, or of another format, than its model accepts.';
