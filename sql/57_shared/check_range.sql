-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_range: a range of versions must be well formed, and for a component without an
-- order (opaque) may only say = and !=. `what` begins the message.

CREATE OR REPLACE FUNCTION fota.check_range(what text, relation text, column_name text, range text, opaque boolean)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	v_detail text;
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
	END IF;
END
$$;

COMMENT ON FUNCTION fota.check_range(text, text, text, text, boolean) IS
	'Raises when a range of versions is malformed, or asks for an order that there is not.';
