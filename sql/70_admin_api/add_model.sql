-- SPDX-License-Identifier: PostgreSQL
--
-- fota.add_model: a model with its components, in one go. What is there already stays as
-- it is, so it also adds components to a model, '*' included.

CREATE OR REPLACE FUNCTION fota.add_model(model text, components text[])
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_component text;
BEGIN
	IF $1 IS NULL OR $1 !~ '^(\*|[A-Za-z0-9][A-Za-z0-9 ._/-]{0,63})$' THEN
		RAISE EXCEPTION 'model "%" is no name', coalesce(left($1, 80), 'NULL')
			USING ERRCODE = '22023', DETAIL = 'A name has 1 to 64 of A-Z a-z 0-9 . _ / - and space, and begins with a letter or digit.';
	END IF;
	FOREACH v_component IN ARRAY coalesce($2, '{}') LOOP
		IF v_component IS NULL OR v_component !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' THEN
			RAISE EXCEPTION 'component "%" is no name', coalesce(left(v_component, 80), 'NULL')
				USING ERRCODE = '22023', DETAIL = 'A name has 1 to 64 of A-Z a-z 0-9 . _ - and begins with a letter or digit.';
		END IF;
	END LOOP;
	INSERT INTO fota.model (tenant_id, model) VALUES (v_tenant, $1) ON CONFLICT DO NOTHING;
	INSERT INTO fota.component (tenant_id, model, component)
	SELECT v_tenant, $1, c FROM unnest($2) c
	ON CONFLICT DO NOTHING;
END
$$;

COMMENT ON FUNCTION fota.add_model(text, text[]) IS 'Adds a model with its components, or components to a model.';
