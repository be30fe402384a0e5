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
	v_case fota.component_case;
	v_cases fota.component_case[] := '{}';
	v_row record;
	v_two boolean;
BEGIN
	-- One row per component and image that its digest identifies; one where it identifies none.
	FOR v_row IN
		SELECT c.component, c.ordering, c.joint, h.present, h.digest, h.slot, h.version AS reported,
			k.version, k.payload, k.model || E'\n' || k.version AS known
		FROM fota.component c
		LEFT JOIN fota.device_contents h ON h.tenant_id = v_tenant AND h.device_id = v_device
			AND h.component = c.component
		LEFT JOIN LATERAL (
			SELECT i.model, i.version, i.payload_sha256 AS payload
			FROM fota.image i
			WHERE h.present AND i.tenant_id = v_tenant AND i.model IN (v_model, '*') AND i.component = c.component
				AND i.state IN ('published', 'withdrawn')
				AND i.payload_sha256 BETWEEN h.digest AND h.digest || v_last
			UNION ALL
			SELECT i.model, i.version, i.payload_sha256
			FROM fota.image_digest d
			JOIN fota.image i ON i.tenant_id = v_tenant AND i.model = d.model AND i.component = d.component
				AND i.version = d.version AND i.build = d.build AND i.state IN ('published', 'withdrawn')
			WHERE h.present AND d.tenant_id = v_tenant AND substr(d.digest, 1, 8) = substr(h.digest, 1, 8)
				AND d.model IN (v_model, '*') AND d.component = c.component
				AND (substr(d.digest, 1, length(h.digest)) = h.digest
					OR substr(h.digest, 1, length(d.digest)) = d.digest)
		) k ON true
		WHERE c.tenant_id = v_tenant AND c.model = v_model
		ORDER BY c.component
	LOOP
		IF v_row.component = v_case.component THEN
			v_case.reported := CASE WHEN v_case.reported = v_row.version THEN v_row.version END;
			v_case.known := v_case.known || v_row.known;
			v_two := v_two OR coalesce(v_case.base <> v_row.payload, false);
			v_case.base := CASE WHEN NOT v_two THEN coalesce(v_row.payload, v_case.base) ELSE v_case.base END;
			CONTINUE;
		END IF;
		IF v_case.component IS NOT NULL THEN
			v_case.base := CASE WHEN NOT v_two THEN v_case.base END;
			v_cases := v_cases || v_case;
		END IF;
		v_two := false;
		v_case.component := v_row.component;
		v_case.ordering := v_row.ordering;
		v_case.joint := v_row.joint;
		v_case.present := v_row.present;
		v_case.digest := v_row.digest;
		v_case.slot := CASE WHEN v_row.present THEN v_row.slot END;
		v_case.reported := CASE WHEN v_row.present THEN coalesce(v_row.version, v_row.reported) END;
		v_case.base := v_row.payload;
		v_case.known := CASE WHEN v_row.known IS NOT NULL THEN ARRAY[v_row.known] END;
	END LOOP;
	IF v_case.component IS NOT NULL THEN
		v_case.base := CASE WHEN NOT v_two THEN v_case.base END;
		v_cases := v_cases || v_case;
	END IF;
	RETURN v_cases;
END
$$;

COMMENT ON FUNCTION fota.component_cases(fota.device_case) IS
	'The components of a device''s model with what the device has of each.';
