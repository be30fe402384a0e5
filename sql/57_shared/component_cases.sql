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
	v_case fota.component_case;
	v_cases fota.component_case[] := '{}';
	v_last bytea := decode(repeat('ff', 32), 'hex');
	v_image record;
	v_seen boolean;
	v_two boolean;
BEGIN
	FOR v_case.component, v_case.ordering, v_case.joint, v_case.present, v_case.digest, v_case.slot,
			v_case.reported IN
		SELECT c.component, c.ordering, c.joint, h.present, h.digest, CASE WHEN h.present THEN h.slot END,
			CASE WHEN h.present THEN h.version END
		FROM fota.component c
		LEFT JOIN fota.device_contents h ON h.tenant_id = v_tenant AND h.device_id = v_device
			AND h.component = c.component
		WHERE c.tenant_id = v_tenant AND c.model = v_model
		ORDER BY c.component
	LOOP
		v_case.base := NULL;
		IF v_case.present AND v_case.digest IS NOT NULL THEN
			v_seen := false;
			v_two := false;
			FOR v_image IN
				SELECT i.version, i.payload_sha256 AS payload
				FROM fota.image i
				WHERE i.tenant_id = v_tenant AND i.model IN (v_model, '*') AND i.component = v_case.component
					AND i.state IN ('published', 'withdrawn')
					AND i.payload_sha256 BETWEEN v_case.digest AND v_case.digest || v_last
				UNION ALL
				SELECT i.version, i.payload_sha256
				FROM fota.image_digest d
				JOIN fota.image i ON i.tenant_id = v_tenant AND i.model = d.model AND i.component = d.component
					AND i.version = d.version AND i.build = d.build AND i.state IN ('published', 'withdrawn')
				WHERE d.tenant_id = v_tenant AND substr(d.digest, 1, 8) = substr(v_case.digest, 1, 8)
					AND d.model IN (v_model, '*') AND d.component = v_case.component
					AND (substr(d.digest, 1, length(v_case.digest)) = v_case.digest
						OR substr(v_case.digest, 1, length(d.digest)) = d.digest)
			LOOP
				v_case.reported := CASE WHEN NOT v_seen OR v_case.reported = v_image.version THEN v_image.version END;
				v_seen := true;
				v_two := v_two OR coalesce(v_case.base <> v_image.payload, false);
				v_case.base := coalesce(v_image.payload, v_case.base);
			END LOOP;
			IF v_two THEN
				v_case.base := NULL;
			END IF;
		END IF;
		v_cases := v_cases || v_case;
	END LOOP;
	RETURN v_cases;
END
$$;

COMMENT ON FUNCTION fota.component_cases(fota.device_case) IS
	'The components of a device''s model with what the device has of each.';
