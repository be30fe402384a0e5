-- SPDX-License-Identifier: PostgreSQL
--
-- fota.lint_image: what a careful person would ask about an image before it goes out: one row per finding, the
-- weightiest first. Nothing of it stops anything.

CREATE OR REPLACE FUNCTION fota.lint_image(model text, component text, version text, build text DEFAULT '')
RETURNS TABLE (severity text, name text, message text, hint text)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_component fota.component := fota.find_component(v_tenant, $1, $2);
	v_image fota.image;
	v_last fota.image;
	v_format text;
BEGIN
	SELECT i.* INTO v_image FROM fota.image i
	WHERE i.tenant_id = v_tenant AND i.model = $1 COLLATE "C" AND i.component = $2 COLLATE "C"
		AND i.version = $3 COLLATE "C" AND i.build = coalesce($4, '') COLLATE "C";
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no image of % % %', $1, $2, coalesce($3, 'NULL')
			USING ERRCODE = 'P0002', HINT = 'fota.add_image adds images.';
	END IF;
	v_format := coalesce(substring(v_image.format FROM '\((.*)\)'), v_image.format);
	SELECT i.* INTO v_last FROM fota.image i
	WHERE i.tenant_id = v_tenant AND i.model = $1 COLLATE "C" AND i.component = $2 COLLATE "C" AND i.build = v_image.build
		AND i.state = 'published' AND fota.version_key(i.version) COLLATE "C" < fota.version_key($3) COLLATE "C"
	ORDER BY fota.version_key(i.version) COLLATE "C" DESC LIMIT 1;

	RETURN QUERY
	SELECT f.severity, f.name, f.message, f.hint
	FROM (
		SELECT 1, 'error', 'state', format('the image is %s', v_image.state),
			CASE v_image.state WHEN 'refused' THEN v_image.error ->> 'message' ELSE 'No device gets it.' END
		WHERE v_image.state <> 'published'
		UNION ALL
		SELECT 2, 'warning', 'recognised_only', format('the file is %s, which is only recognised', v_format),
			'Nothing in it was checked.'
		WHERE v_image.warnings @> '[{"name": "recognised_only"}]'
		UNION ALL
		SELECT 2, 'warning', 'raw', 'nothing is known of the file''s structure', 'Ask whoever built it for a format with addresses and checksums.'
		WHERE v_format = 'raw' AND v_component.kind = 'firmware'
		UNION ALL
		SELECT 2, 'warning', 'text_payload', format('devices get the %s text as it is', v_format),
			'fota.component.payload = ''flat'' gives them the bytes.'
		WHERE v_format IN ('ihex', 'srec', 'ti-txt', 'tekhex', 'vmem') AND v_image.payload_sha256 = v_image.sha256
		UNION ALL
		SELECT 2, 'warning', 'unsigned', 'the file says that it is not signed', 'Devices may refuse it, or accept any.'
		WHERE v_image.metadata -> 'signed' = 'false'
		UNION ALL
		SELECT 2, 'warning', 'waiver', w.value ->> 'message', 'A waiver, or what is legal but unusual: ' || (w.value ->> 'name')
		FROM jsonb_array_elements(v_image.warnings) w
		WHERE w.value ->> 'name' <> 'recognised_only'
		UNION ALL
		SELECT 2, 'warning', 'security_counter',
			format('its security counter is %s, that of version %s is %s', v_image.metadata ->> 'security_counter', v_last.version,
				v_last.metadata ->> 'security_counter'), 'Devices that enforce it will refuse the image.'
		WHERE (v_image.metadata ->> 'security_counter')::numeric < (v_last.metadata ->> 'security_counter')::numeric
		UNION ALL
		SELECT 2, 'warning', 'no_hw', format('the file names hardware (%s), the image none', array_to_string(
			ARRAY(SELECT jsonb_array_elements_text(v_image.metadata -> 'hw')), ', ')),
			'Option hw of add_image, or model.compatible, holds it to that.'
		WHERE jsonb_typeof(v_image.metadata -> 'hw') = 'array' AND v_image.hw IS NULL
			AND (SELECT m.compatible FROM fota.model m WHERE m.tenant_id = v_tenant AND m.model = $1) IS NULL
		UNION ALL
		SELECT 3, 'note', 'no_version', 'the file does not say its version', 'Nobody can tell from the file whether it is the right one.'
		WHERE v_image.metadata ->> 'version' IS NULL AND v_component.kind = 'firmware'
		UNION ALL
		SELECT 3, 'note', 'size', format('it is %s times as large as version %s', round(v_image.size::numeric / v_last.size, 1), v_last.version),
			'Is it the right file?'
		WHERE v_last.size > 0 AND v_last.format = v_image.format AND v_image.size NOT BETWEEN v_last.size / 2 AND v_last.size * 2
		UNION ALL
		SELECT 3, 'note', 'same_payload', format('its payload is that of version %s', o.version),
			'Devices that report digests only cannot tell them apart.'
		FROM fota.image o
		WHERE o.tenant_id = v_tenant AND o.model = $1 COLLATE "C" AND o.component = $2 COLLATE "C"
			AND o.payload_sha256 = v_image.payload_sha256 AND o.version <> $3 COLLATE "C"
	) f (place, severity, name, message, hint)
	ORDER BY f.place, f.name, f.message;
END
$$;

COMMENT ON FUNCTION fota.lint_image(text, text, text, text) IS
	'What one should ask about an image before it goes out: errors, warnings, notes.';
