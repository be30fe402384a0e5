-- SPDX-License-Identifier: PostgreSQL
--
-- fota.add_release: a named set of versions: {"app": "1.1.0", "sounds": null}; null = the
-- component must be absent. Called again with the same name for another model it adds that
-- model's items.

CREATE OR REPLACE FUNCTION fota.add_release(release text, model text, items jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_item record;
	v_states text;
	v_there fota.release_item;
BEGIN
	IF $1 IS NULL OR $1 !~ '^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,99}$' THEN
		RAISE EXCEPTION 'release "%" is no name', coalesce(left($1, 110), 'NULL')
			USING ERRCODE = '22023', DETAIL = 'A name has 1 to 100 of A-Z a-z 0-9 . _ / - and space, and begins with a letter or digit.';
	ELSIF jsonb_typeof($3) IS DISTINCT FROM 'object' OR $3 = '{}' THEN
		RAISE EXCEPTION 'the items of release "%" are no JSON object with a component in it', $1
			USING ERRCODE = '22023', DETAIL = format('Found: %s', left(coalesce($3::text, 'NULL'), 80)),
				HINT = 'For example: {"app": "1.1.0", "sounds": null}';
	END IF;
	INSERT INTO fota.release (tenant_id, release) VALUES (v_tenant, $1) ON CONFLICT DO NOTHING;
	FOR v_item IN SELECT e.key, e.value, e.value #>> '{}' AS version FROM jsonb_each($3) e ORDER BY e.key LOOP
		PERFORM fota.find_component(v_tenant, $2, v_item.key);
		IF jsonb_typeof(v_item.value) NOT IN ('string', 'null') THEN
			RAISE EXCEPTION 'release "%": the version of % is %', $1, v_item.key, left(v_item.value::text, 80)
				USING ERRCODE = '22023', DETAIL = 'Expected a string, or null for: must be absent.';
		END IF;
		SELECT string_agg(DISTINCT i.state, ', ') INTO v_states FROM fota.image i
		WHERE i.tenant_id = v_tenant AND i.model = $2 AND i.component = v_item.key AND i.version = v_item.version;
		IF v_item.version IS NOT NULL AND coalesce(v_states, '') !~ 'published|decoding' THEN
			RAISE EXCEPTION 'release "%": there is no image of % % %', $1, $2, v_item.key, v_item.version
				USING ERRCODE = '23503', TABLE = 'release_item', CONSTRAINT = 'release_item_image',
					DETAIL = CASE WHEN v_states IS NULL THEN 'No image has that version.'
						ELSE format('There is one, but it is %s.', v_states) END,
					HINT = 'fota.add_image adds it; SELECT version, state FROM fota.image shows what there is.';
		END IF;
		SELECT n.* INTO v_there FROM fota.release_item n
		WHERE n.tenant_id = v_tenant AND n.release = $1 AND n.model = $2 AND n.component = v_item.key;
		IF FOUND AND v_there.version IS DISTINCT FROM v_item.version THEN
			RAISE EXCEPTION 'release "%" has % % % already', $1, $2, v_item.key, coalesce(v_there.version, 'absent')
				USING ERRCODE = '23505', TABLE = 'release_item', CONSTRAINT = 'release_item_pkey',
					DETAIL = format('%s was asked for.', coalesce(v_item.version, 'absent')),
					HINT = 'Give the new set a name of its own, or UPDATE fota.release_item.';
		END IF;
		INSERT INTO fota.release_item (tenant_id, release, model, component, version)
		VALUES (v_tenant, $1, $2, v_item.key, v_item.version)
		ON CONFLICT DO NOTHING;
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.add_release(text, text, jsonb) IS
	'Adds a release with the versions of a model''s components; null = must be absent.';
