-- SPDX-License-Identifier: PostgreSQL
--
-- fota.device_document: a device as filters see it. Columns that are NULL and components that
-- are unknown or absent are left out; tags, attributes and contents are always there.

CREATE OR REPLACE FUNCTION fota.device_document(tenant_id int, device_id bigint)
RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_contents jsonb;
BEGIN
	SELECT jsonb_object_agg(c.component, jsonb_strip_nulls(jsonb_build_object(
		'version', c.reported, 'digest', encode(c.digest, 'hex'))))
	INTO v_contents
	FROM unnest(fota.component_cases(fota.device_case($1, $2, NULL, NULL))) c
	WHERE c.present AND c.reported IS NOT NULL;
	RETURN (
		SELECT jsonb_strip_nulls(jsonb_build_object('model', d.model, 'serial', d.serial, 'name', d.name,
				'year', d.year, 'batch', d.batch))
			|| jsonb_build_object('tags', d.tags, 'attributes', d.attributes,
				'contents', coalesce(v_contents, '{}'))
		FROM fota.device d
		WHERE d.tenant_id = $1 AND d.device_id = $2);
END
$$;

COMMENT ON FUNCTION fota.device_document(int, bigint) IS
	'A device as filters see it: {"model", "serial", "name", "year", "batch", "tags", "attributes", "contents"}.';
