-- SPDX-License-Identifier: PostgreSQL
--
-- fota.component_cases: the components of a device's model, in order of their names, with
-- what the device has of each. A digest that identifies an image beats the reported version.

CREATE OR REPLACE FUNCTION fota.component_cases(device fota.device_case)
RETURNS fota.component_case[]
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := ($1).tenant_id;
	v_device bigint := ($1).device_id;
	v_model text := ($1).model;
	v_last bytea := decode(repeat('ff', 32), 'hex');
	v_more boolean := ($1).some_digests;
	v_case fota.component_case;
	v_cases fota.component_case[] := '{}';
	v_row record;
	v_image record;
BEGIN
	-- One row per component and image whose payload its digest means; one where it means none. The bounds of what it
	-- may mean are columns of a query of their own (OFFSET 0), so that the index is used under row-level security, too.
	FOR v_row IN
		SELECT c.*, i.model, i.version, i.payload_sha256 AS payload
		FROM (
			SELECT c.component, c.ordering, c.joint, h.present, h.digest, h.slot, h.version AS reported,
				CASE WHEN h.present THEN h.digest END AS first, h.digest || v_last AS last
			FROM fota.component c
			LEFT JOIN fota.device_contents h ON h.tenant_id = v_tenant AND h.device_id = v_device
				AND h.component = c.component
			WHERE c.tenant_id = v_tenant AND c.model = v_model
			ORDER BY c.component
			OFFSET 0
		) c
		LEFT JOIN fota.image i ON i.tenant_id = v_tenant AND i.payload_sha256 >= c.first AND i.payload_sha256 <= c.last
			AND i.model IN (v_model, '*') AND i.component = c.component AND i.state IN ('published', 'withdrawn')
		ORDER BY c.component
	LOOP
		IF v_row.component = v_case.component THEN
			v_case := fota.add_image_of(v_case, v_row.model, v_row.version, v_row.payload);
			CONTINUE;
		END IF;
		IF v_case.component IS NOT NULL THEN
			v_case.base := nullif(v_case.base, '');
			v_cases := v_cases || v_case;
		END IF;
		v_case.component := v_row.component;
		v_case.ordering := v_row.ordering;
		v_case.joint := v_row.joint;
		v_case.present := v_row.present;
		v_case.digest := v_row.digest;
		v_case.slot := CASE WHEN v_row.present THEN v_row.slot END;
		v_case.reported := CASE WHEN v_row.present THEN coalesce(v_row.version, v_row.reported) END;
		v_case.base := v_row.payload;
		v_case.known := CASE WHEN v_row.version IS NOT NULL THEN ARRAY[v_row.model || E'\n' || v_row.version] END;
		CONTINUE WHEN NOT v_more OR v_row.first IS NULL;
		FOR v_image IN
			SELECT i.model, i.version, i.payload_sha256 AS payload
			FROM fota.image_digest d
			JOIN fota.image i ON i.tenant_id = v_tenant AND i.model = d.model AND i.component = d.component
				AND i.version = d.version AND i.build = d.build AND i.state IN ('published', 'withdrawn')
			WHERE d.tenant_id = v_tenant AND substr(d.digest, 1, 8) = substr(v_row.digest, 1, 8)
				AND d.model IN (v_model, '*') AND d.component = v_row.component
				AND (substr(d.digest, 1, length(v_row.digest)) = v_row.digest
					OR substr(v_row.digest, 1, length(d.digest)) = d.digest)
		LOOP
			v_case := fota.add_image_of(v_case, v_image.model, v_image.version, v_image.payload);
		END LOOP;
	END LOOP;
	IF v_case.component IS NOT NULL THEN
		v_case.base := nullif(v_case.base, '');
		v_cases := v_cases || v_case;
	END IF;
	RETURN v_cases;
END
$$;

COMMENT ON FUNCTION fota.component_cases(fota.device_case) IS
	'The components of a device''s model with what the device has of each.';
