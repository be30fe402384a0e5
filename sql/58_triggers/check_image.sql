-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_image: what an image requires must be of the form {"from": range, "from_absent":
-- true, "components": {component: range}} and about components that its model has.

CREATE OR REPLACE FUNCTION fota.check_image()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
	v_what text := format('image %s %s %s', NEW.model, NEW.component, NEW.version);
	v_opaque boolean := coalesce((SELECT c.ordering = 'opaque' FROM fota.component c
		WHERE c.tenant_id = NEW.tenant_id AND c.model = NEW.model AND c.component = NEW.component), false);
	v_detail text;
	v_hint text;
	v_need record;
BEGIN
	IF v_opaque AND (NEW.floor OR NEW.requires ? 'from') THEN
		RAISE EXCEPTION '%: column % needs an order of versions', v_what, CASE WHEN NEW.floor THEN 'floor' ELSE 'requires' END
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = 'image', COLUMN = CASE WHEN NEW.floor THEN 'floor' ELSE 'requires' END,
				CONSTRAINT = CASE WHEN NEW.floor THEN 'image_floor_check' ELSE 'image_requires_check' END,
				DETAIL = 'The component''s ordering is opaque: nothing is newer or older.',
				HINT = 'Leave it out; requirements on other components are allowed.';
	END IF;
	IF NEW.requires IS NULL THEN
		RETURN NEW;
	END IF;

	v_detail := CASE
		WHEN jsonb_typeof(NEW.requires) <> 'object' THEN format('Found: %s.', left(NEW.requires::text, 80))
		WHEN NEW.requires - '{from,from_absent,components}'::text[] <> '{}' THEN
			format('There is no key "%s".', (SELECT min(k) FROM jsonb_object_keys(NEW.requires - '{from,from_absent,components}'::text[]) k))
		WHEN jsonb_typeof(NEW.requires -> 'from') <> 'string' THEN '"from" is not a text.'
		WHEN jsonb_typeof(NEW.requires -> 'from_absent') <> 'boolean' THEN '"from_absent" is neither true nor false.'
		WHEN jsonb_typeof(NEW.requires -> 'components') <> 'object' THEN '"components" is not an object.' END;
	v_hint := 'For example {"from": ">=1.4", "from_absent": true, "components": {"bootloader": ">=1.2"}}.';
	IF v_detail IS NULL AND NEW.requires ? 'from' THEN
		PERFORM fota.check_range(v_what, 'image', 'requires', NEW.requires ->> 'from', false);
	END IF;
	IF v_detail IS NULL AND NEW.requires ? 'components' THEN
		FOR v_need IN
			SELECT e.key, e.value, jsonb_typeof(e.value) AS kind, count(c.component) AS found,
				bool_and(c.ordering = 'opaque') AS opaque
			FROM jsonb_each(NEW.requires -> 'components') e
			LEFT JOIN fota.component c ON c.tenant_id = NEW.tenant_id AND c.component = e.key
				AND (c.model = NEW.model OR NEW.model = '*')
			GROUP BY e.key, e.value
			ORDER BY e.key
		LOOP
			IF v_need.key = NEW.component THEN
				v_detail := format('It requires its own component "%s".', v_need.key);
				v_hint := 'What may be there before is said by "from".';
			ELSIF v_need.found = 0 THEN
				v_detail := format('Its model has no component "%s".', v_need.key);
				v_hint := 'fota.add_model adds components to a model.';
			ELSIF v_need.kind <> 'string' THEN
				v_detail := format('The range of "%s" is not a text.', v_need.key);
			ELSE
				PERFORM fota.check_range(v_what, 'image', 'requires', v_need.value #>> '{}', v_need.opaque);
			END IF;
			EXIT WHEN v_detail IS NOT NULL;
		END LOOP;
	END IF;
	IF v_detail IS NOT NULL THEN
		RAISE EXCEPTION '%: column requires cannot be met', v_what
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = 'image', COLUMN = 'requires', CONSTRAINT = 'image_requires_check',
				DETAIL = v_detail, HINT = v_hint;
	END IF;
	RETURN NEW;
END
$$;

COMMENT ON FUNCTION fota.check_image() IS 'Trigger: requirements of an image that can be met.';

CREATE TRIGGER check_image BEFORE INSERT OR UPDATE OF requires, floor ON fota.image
	FOR EACH ROW WHEN (NEW.requires IS NOT NULL OR NEW.floor) EXECUTE FUNCTION fota.check_image();
COMMENT ON TRIGGER check_image ON fota.image IS 'Refuses requirements that can never be met.';
