-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ddi_contents: what configData says of a device's contents: the keys
-- fota.<component>.version and .digest, or the version under the name that
-- component.ddi_attribute gives. NULL when it says nothing.

CREATE OR REPLACE FUNCTION fota.ddi_contents(tenant_id int, device_id bigint, data jsonb)
RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (
		SELECT jsonb_object_agg(c.component, c.says)
		FROM (
			SELECT k.component, jsonb_object_agg(k.what, k.value) AS says
			FROM (
				SELECT DISTINCT ON (x.component, x.what) x.component, x.what, x.value
				FROM (
					SELECT m[1] AS component, m[2] AS what, e.value, 1 AS place
					FROM jsonb_each_text($3) e,
						regexp_match(e.key, '^fota\.(.+)\.(version|digest)$') m
					WHERE m IS NOT NULL
					UNION ALL
					SELECT o.component, 'version', e.value, 2
					FROM fota.device d
					JOIN fota.component o ON o.tenant_id = $1 AND o.model = d.model
					JOIN jsonb_each_text($3) e ON e.key = o.ddi_attribute
					WHERE d.tenant_id = $1 AND d.device_id = $2
				) x
				WHERE x.value <> ''
				ORDER BY x.component, x.what, x.place
			) k
			GROUP BY k.component
		) c);
END
$$;

COMMENT ON FUNCTION fota.ddi_contents(int, bigint, jsonb) IS 'What configData says of a device''s contents, or NULL.';
