-- SPDX-License-Identifier: PostgreSQL
--
-- fota.relations_of: how the components of a device that are about to change depend on each
-- other. One row per pair:
--
--   kind 'needs'    the first may be installed when the other is at a version that it requires
--   kind 'breaks'   the first would break what the other, present, requires, until that is replaced
--
-- at_once: what the other is offered now is enough; else it takes a later step of it. other
-- NULL: nothing that the rules ask for would help; detail says what is in the way.

CREATE OR REPLACE FUNCTION fota.relations_of(device fota.device_case, cases fota.component_case[])
RETURNS TABLE (one int, other int, kind text, at_once boolean, detail text)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := ($1).tenant_id;
	v_names text[] := ARRAY(SELECT c.component FROM unnest($2) c);
	v_c fota.component_case;
	v_o fota.component_case;
	v_need record;
	v_range text;
BEGIN
	FOR i IN 1 .. cardinality($2) LOOP
		v_c := $2[i];
		CONTINUE WHEN v_c.verdict NOT IN ('install', 'remove', 'wait');
		FOR v_need IN
			SELECT e.key, e.value FROM jsonb_each_text(
				fota.requires_of(v_tenant, v_c.image_model, v_c.component, v_c.offered) -> 'components') e
			ORDER BY e.key COLLATE "C"
		LOOP
			one := i;
			kind := 'needs';
			other := array_position(v_names, v_need.key);
			v_o := $2[other];
			CONTINUE WHEN other IS NOT NULL AND fota.version_matches(v_o.reported, v_need.value);
			at_once := coalesce(fota.version_matches(v_o.offered, v_need.value), false);
			detail := format('%s needs %s %s; it is %s', v_c.offered, v_need.key, v_need.value,
				CASE WHEN v_o.present IS FALSE THEN 'absent' ELSE coalesce(v_o.reported, 'unknown') END);
			IF other = i OR v_o.target IS NULL OR v_o.verdict = 'keep'
				OR NOT at_once AND NOT fota.version_matches(v_o.target, v_need.value) THEN
				other := NULL;
			END IF;
			RETURN NEXT;
		END LOOP;
		CONTINUE WHEN v_c.reported IS NULL;

		FOR j IN 1 .. cardinality($2) LOOP
			v_o := $2[j];
			CONTINUE WHEN j = i OR v_o.reported IS NULL;
			v_range := (
				SELECT m.requires -> 'components' ->> v_c.component FROM fota.image m
				WHERE m.tenant_id = v_tenant AND m.model IN (($1).model, '*') AND m.component = v_o.component
					AND m.version = v_o.reported AND m.state IN ('published', 'withdrawn')
				ORDER BY m.model = '*', m.build
				LIMIT 1);
			CONTINUE WHEN fota.version_matches(v_c.reported, v_range) IS NOT TRUE
				OR fota.version_matches(v_c.offered, v_range);
			one := i;
			kind := 'breaks';
			at_once := v_o.rule_id IS NOT NULL AND v_o.verdict <> 'keep'
				AND fota.ends_conflict($1, v_o, v_o.offered, v_c);
			other := CASE WHEN at_once OR v_o.rule_id IS NOT NULL AND v_o.verdict <> 'keep'
				AND fota.ends_conflict($1, v_o, v_o.target, v_c) THEN j END;
			detail := format('%s %s needs %s %s', v_o.component, v_o.reported, v_c.component, v_range);
			RETURN NEXT;
		END LOOP;
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.relations_of(fota.device_case, fota.component_case[]) IS
	'How the components of a device that are about to change depend on each other.';
