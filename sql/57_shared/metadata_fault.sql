-- SPDX-License-Identifier: PostgreSQL
--
-- fota.metadata_fault: does what a file says of itself contradict what was said of it? The embedded version must be the
-- declared one (build metadata after + apart), unless it is no version or was never set (0.0.0); of the hardware
-- ids that it names one must be among those of the image, where it has any, and one among model.compatible, where that
-- is given. NULL = no contradiction, else {"code", "message", "detail", "hint"}.

CREATE OR REPLACE FUNCTION fota.metadata_fault(image fota.image, metadata jsonb)
RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_version text := $2 ->> 'version';
	v_hw text[] := ARRAY(SELECT jsonb_array_elements_text($2 -> 'hw') WHERE jsonb_typeof($2 -> 'hw') = 'array');
	v_compatible text[];
	v_detail text;
BEGIN
	SELECT m.compatible INTO v_compatible FROM fota.model m WHERE m.tenant_id = ($1).tenant_id AND m.model = ($1).model;
	IF left(fota.version_key(v_version), 1) = '1' AND v_version !~ '^v?0+(\.0+)*([+-]0*)?$'
		AND fota.version_compare(($1).version, v_version) <> 0
		AND fota.version_compare(($1).version, regexp_replace(v_version, '[+].*$', '')) <> 0 THEN
		v_detail := format('The file says that it is version %s.', v_version);
	ELSIF v_hw <> '{}' AND NOT v_hw && coalesce(($1).hw, v_hw) THEN
		v_detail := format('The file is for hardware %s; the image was said to be for %s.', array_to_string(v_hw, ', '),
			array_to_string(($1).hw, ', '));
	ELSIF v_hw <> '{}' AND NOT v_hw && coalesce(v_compatible, v_hw) THEN
		v_detail := format('The file is for %s; model.compatible says: %s.', array_to_string(v_hw, ', '),
			array_to_string(v_compatible, ', '));
	ELSE
		RETURN NULL;
	END IF;
	RETURN jsonb_build_object('code', '23514', 'message', format('the file is not what it is added as: %s %s %s',
			($1).model, ($1).component, ($1).version),
		'detail', v_detail, 'hint', 'Add it as what it is, or give the waiver metadata_mismatch.');
END
$$;

COMMENT ON FUNCTION fota.metadata_fault(fota.image, jsonb) IS
	'How what a file says of itself contradicts what was said of it; NULL = it does not.';
