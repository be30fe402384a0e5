-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_filter: is this a filter that can be true or false of any device? One that selects
-- something rather than ask about it, is strict, or orders versions as if they were texts is
-- refused. `what` begins the message, table and column name the place.

CREATE OR REPLACE FUNCTION fota.check_filter(what text, relation text, filter jsonpath)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	v_wrong text;
	v_detail text;
	v_hint text;
	v_text text;
BEGIN
	IF $3::text LIKE 'strict %' THEN
		v_wrong := 'is strict';
		v_detail := 'Filters are evaluated lax: what a device has not is unknown, not an error.';
		v_hint := 'Leave out the word strict.';
	END IF;
	BEGIN
		PERFORM jsonb_path_match('{}', $3);
	EXCEPTION WHEN data_exception THEN
		v_wrong := coalesce(v_wrong, 'is no predicate');
		v_detail := coalesce(v_detail, format('On an empty document: %s.', SQLERRM));
		v_hint := coalesce(v_hint, 'Write a comparison, such as $.tags[*] == "beta" or exists($.attributes.floor).');
	END;

	-- Without its texts, and with the key "version" marked, the path shows what is compared.
	v_text := regexp_replace($3::text, '\."version"', '.VERSION', 'g');
	v_text := regexp_replace(v_text, '"([^"\\]|\\.)*"', '""', 'g');
	IF v_text ~ '\.VERSION\)*\s*[<>]' OR v_text ~ '[<>]=?\s*\(*[$@][^\s]*\.VERSION' THEN
		v_wrong := coalesce(v_wrong, 'orders versions as texts');
		v_detail := coalesce(v_detail, 'To a filter 10.0 is less than 9.0.');
		v_hint := coalesce(v_hint, 'Use column versions of fota.rule, such as {"app": ">=1.4 <3"}; in a filter, == and != are allowed.');
	END IF;
	IF v_wrong IS NOT NULL THEN
		RAISE EXCEPTION '%: column filter %: %', $1, v_wrong, left($3::text, 200)
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = $2, COLUMN = 'filter', CONSTRAINT = $2 || '_filter_check',
				DETAIL = v_detail, HINT = v_hint;
	END IF;
END
$$;

COMMENT ON FUNCTION fota.check_filter(text, text, jsonpath) IS
	'Raises when a filter is not one that can be true or false of any device.';
