-- SPDX-License-Identifier: PostgreSQL
--
-- fota.find_component: a component of a model, or a clear error that says which of the two
-- there is not.

CREATE OR REPLACE FUNCTION fota.find_component(tenant_id int, model text, component text)
RETURNS fota.component
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_component fota.component;
	v_others text;
BEGIN
	SELECT c.* INTO v_component FROM fota.component c
	WHERE c.tenant_id = $1 AND c.model = $2 COLLATE "C" AND c.component = $3 COLLATE "C";
	IF FOUND THEN
		RETURN v_component;
	END IF;
	IF NOT EXISTS (SELECT FROM fota.model m WHERE m.tenant_id = $1 AND m.model = $2 COLLATE "C") THEN
		RAISE EXCEPTION 'there is no model "%"', coalesce($2, 'NULL')
			USING ERRCODE = 'P0002', DETAIL = format('Tenant %s has no model of that name.', $1),
				HINT = 'SELECT model FROM fota.model lists them; fota.add_model makes one.';
	END IF;
	SELECT string_agg(c.component, ', ' ORDER BY c.component) INTO v_others
	FROM fota.component c WHERE c.tenant_id = $1 AND c.model = $2 COLLATE "C";
	RAISE EXCEPTION 'model "%" has no component "%"', $2, coalesce($3, 'NULL')
		USING ERRCODE = 'P0002', DETAIL = coalesce('It has: ' || v_others || '.', 'It has no component at all.'),
			HINT = format('SELECT fota.add_model(%L, %L) adds it.', $2, ARRAY[$3]);
END
$$;

COMMENT ON FUNCTION fota.find_component(int, text, text) IS
	'A component of a model; raises when there is no such model or component.';
