-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_range: a range of versions must be well formed and must not exclude every version, and
-- for a component without an order (opaque) may only say = and !=. `what` begins the message.
--
-- Whether its tests exclude each other is tried out: on each version that it names, on some just
-- below and above it, and on a version that is none, which comes before all others.

CREATE OR REPLACE FUNCTION fota.check_range(what text, relation text, column_name text, range text, opaque boolean)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	v_detail text;
	v_version text;
BEGIN
	BEGIN
		PERFORM fota.version_matches('0.0', coalesce($4, ''));
	EXCEPTION WHEN SQLSTATE 'UF001' THEN
		v_detail := SQLERRM;
	END;
	IF v_detail IS NOT NULL THEN
		RAISE EXCEPTION '%: column %: "%" is no range of versions', $1, $3, left($4, 80)
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = $2, COLUMN = $3, CONSTRAINT = $2 || '_' || $3 || '_check',
				DETAIL = upper(left(v_detail, 1)) || substr(v_detail, 2) || '.',
				HINT = 'Write tests like ">=1.4 <3", "1.x", "!=1.4.2" or "*"; a blank means and, || means or.';
	ELSIF $5 AND $4 ~ '(^|[ \t\n\r|])([<>]|\*|[0-9vV.]+\.[xX*]([ \t\n\r|]|$)|!?=[ \t\n\r]*[0-9vV.]+\.[xX*]([ \t\n\r|]|$))' THEN
		RAISE EXCEPTION '%: column %: "%" asks for an order', $1, $3, left($4, 80)
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = $2, COLUMN = $3, CONSTRAINT = $2 || '_' || $3 || '_check',
				DETAIL = 'The component''s versions have no order: its ordering is opaque.',
				HINT = 'Write "=8f3a1c" or "!=8f3a1c".';
	ELSIF NOT EXISTS (SELECT FROM string_to_table($4, '||') a WHERE a ~ '^[ \t\n\r]*[<>=!]*[ \t\n\r]*[^ \t\n\r]+[ \t\n\r]*$') THEN
		-- Every alternative has several tests, which may exclude each other.
		FOR v_version IN
			SELECT o.version || s.suffix
			FROM (
				SELECT m[1] AS version FROM regexp_matches($4, '([^ \t\n\r|<>=!]+)', 'g') m
				UNION
				SELECT regexp_replace(regexp_replace(m[1], '\.[xX*]$', '.0'), '^([0-9]{4})-([0-9]{2})-([0-9]{2})$', '\1.\2.\3')
				FROM regexp_matches($4, '([^ \t\n\r|<>=!]+)', 'g') m
				UNION
				SELECT 'none'
			) o
			CROSS JOIN unnest('{"",+0,-0,.0,.1,.0.1,0}'::text[]) WITH ORDINALITY s (suffix, n)
			ORDER BY s.n
		LOOP
			IF fota.version_matches(v_version, $4) THEN
				RETURN;
			END IF;
		END LOOP;
		RAISE EXCEPTION '%: column %: no version is in "%"', $1, $3, left($4, 80)
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = $2, COLUMN = $3, CONSTRAINT = $2 || '_' || $3 || '_check',
				DETAIL = 'Its tests exclude each other.',
				HINT = 'A blank means and: ">=1.4 <3". Where one of several may hold write || between them: "<1.4 || >=3".';
	END IF;
END
$$;

COMMENT ON FUNCTION fota.check_range(text, text, text, text, boolean) IS
	'Raises when a range of versions is malformed, or asks for an order that there is not.';
