-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_rule_items: can this rule do anything? Its release must have an item that fits a
-- model it covers, and the images must be there.

CREATE OR REPLACE FUNCTION fota.check_rule_items(rule fota.rule)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_items text;
	v_bad record;
BEGIN
	SELECT string_agg(format('%s %s', n.model, n.component), ', ' ORDER BY n.model, n.component) INTO v_items
	FROM fota.release_item n WHERE n.tenant_id = ($1).tenant_id AND n.release = ($1).release;
	IF NOT EXISTS (
		SELECT FROM fota.release_item n
		JOIN fota.component c ON c.tenant_id = ($1).tenant_id AND c.component = n.component
			AND c.model <> '*' AND c.model = coalesce(($1).model, c.model) AND n.model IN (c.model, '*')
		WHERE n.tenant_id = ($1).tenant_id AND n.release = ($1).release) THEN
		RAISE EXCEPTION 'rule "%": no item of release "%" fits %', ($1).name, ($1).release,
			CASE WHEN ($1).model IS NULL THEN 'any model' ELSE format('model "%s"', ($1).model) END
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = 'rule', COLUMN = 'release', CONSTRAINT = 'rule_release_fits',
				DETAIL = coalesce('The release has: ' || v_items || '.', 'The release has no item.'),
				HINT = 'fota.add_release adds items to it; an item of model ''*'' fits every model that has its component.';
	END IF;
	SELECT n.model, n.component, n.version,
		(SELECT string_agg(DISTINCT i.state, ', ') FROM fota.image i WHERE i.tenant_id = ($1).tenant_id
			AND i.model = n.model AND i.component = n.component AND i.version = n.version) AS states
	INTO v_bad
	FROM fota.release_item n
	WHERE n.tenant_id = ($1).tenant_id AND n.release = ($1).release AND n.version IS NOT NULL
		AND NOT EXISTS (SELECT FROM fota.image i WHERE i.tenant_id = ($1).tenant_id AND i.model = n.model
			AND i.component = n.component AND i.version = n.version AND i.state IN ('published', 'decoding'))
	ORDER BY n.model, n.component
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'rule "%": there is no image of % % %', ($1).name, v_bad.model, v_bad.component, v_bad.version
			USING ERRCODE = '55000', DETAIL = CASE WHEN v_bad.states IS NULL THEN 'No image has that version.'
				ELSE format('There is one, but it is %s.', v_bad.states) END,
				HINT = 'fota.add_image adds it, or correct the release.';
	END IF;
END
$$;

COMMENT ON FUNCTION fota.check_rule_items(fota.rule) IS 'Raises when a rule could do nothing.';
