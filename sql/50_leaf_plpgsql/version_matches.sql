-- SPDX-License-Identifier: PostgreSQL
--
-- fota.version_matches: does a version lie in a range? The grammar of ranges is told in
-- extension/core/version.h. Every test is read, so that whether a range is malformed does
-- not depend on the version.

CREATE OR REPLACE FUNCTION fota.version_matches(version text, range text)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
#variable_conflict use_column
DECLARE
	v_key text COLLATE "C" := fota.version_key($1);
	v_rest text := $2;
	v_parts text[];
	v_op text;
	v_operand text;
	v_other text COLLATE "C";
	v_holds boolean;
	v_alternative boolean := true;
	v_matches boolean := false;
	v_tests int := 0;
	v_wrong text;
	v_what text;
BEGIN
	LOOP
		v_rest := ltrim(v_rest, E' \t\n\r');
		IF v_rest = '' OR v_rest LIKE '|%' THEN
			v_what := v_rest;
			v_wrong := CASE WHEN v_tests = 0 THEN 'a test is missing'
				WHEN v_rest <> '' AND v_rest NOT LIKE '||%' THEN '"or" is written ||, not' END;
			IF v_tests > 0 THEN
				v_what := '|';
			END IF;
			EXIT WHEN v_wrong IS NOT NULL;
			v_matches := v_matches OR v_alternative;
			IF v_rest = '' THEN
				RETURN v_matches;
			END IF;
			v_rest := substr(v_rest, 3);
			v_alternative := true;
			v_tests := 0;
			CONTINUE;
		END IF;

		v_parts := regexp_match(v_rest, '^(>=|<=|!=|>|<|=)?[ \t\n\r]*([^ \t\n\r|]*)(.*)$');
		v_op := coalesce(v_parts[1], '=');
		v_operand := v_parts[2];
		v_what := v_operand;
		v_tests := v_tests + 1;
		IF v_operand = '' THEN
			v_wrong := 'a version is missing';
			v_rest := v_parts[3];
			EXIT;
		END IF;

		IF v_parts[1] IS NULL AND v_operand = '*' THEN
			v_holds := true;
		ELSIF v_op IN ('=', '!=') AND v_operand ~ '^[vV]?[0-9]+(\.[0-9]+){0,4}\.[xX*]$'
			AND v_operand !~ '(^|[vV.])0*[1-9][0-9]{99}' THEN
			SELECT '1' || string_agg(lpad(length(n)::text, 2, '0') || n, '' ORDER BY ord) INTO v_other
			FROM (SELECT ltrim(p.n, '0') AS n, p.ord
				FROM string_to_table(substring(v_operand, '^[vV]?(.*)\..$'), '.') WITH ORDINALITY p (n, ord)) p;
			v_holds := (left(v_key, length(v_other)) = v_other) = (v_op = '=');
		ELSE
			v_other := fota.version_key(v_operand);
			IF v_operand ~ '^[vV]?[0-9]+$' AND fota.version_key(v_operand || '.0') LIKE '1%' THEN
				v_other := fota.version_key(v_operand || '.0');
			END IF;
			IF v_op NOT IN ('=', '!=') AND v_other NOT LIKE '1%' THEN
				v_wrong := 'cannot be ordered:';
				v_rest := v_operand || v_parts[3];
				EXIT;
			END IF;
			v_holds := CASE v_op
				WHEN '=' THEN v_key = v_other OR $1 = v_operand COLLATE "C"
				WHEN '!=' THEN v_key <> v_other AND $1 <> v_operand COLLATE "C"
				WHEN '<' THEN v_key < v_other
				WHEN '<=' THEN v_key <= v_other
				WHEN '>' THEN v_key > v_other
				ELSE v_key >= v_other END;
		END IF;
		v_alternative := v_alternative AND v_holds;
		v_rest := v_parts[3];
	END LOOP;

	-- v_rest begins where the range is wrong; at most 80 bytes of it are shown.
	WHILE octet_length(v_what) > 80 LOOP
		v_what := left(v_what, least(80, length(v_what) - 1));
	END LOOP;
	RAISE EXCEPTION 'version range, column %: % "%"', octet_length($2) - octet_length(v_rest) + 1, v_wrong,
		regexp_replace(v_what, '[\x01-\x1f\x7f]', '?', 'g')
		USING ERRCODE = 'UF001',
			DETAIL = format('Byte offset %s.', octet_length($2) - octet_length(v_rest)),
			HINT = 'Write tests like ">=1.4 <3", "1.x", "!=1.4.2" or "*"; a blank means and, || means or.';
END
$$;

COMMENT ON FUNCTION fota.version_matches(text, text) IS
	'Does the version lie in a range like ">=1.4 <3 || 0.9.x"?';
