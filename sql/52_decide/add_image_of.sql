-- SPDX-License-Identifier: PostgreSQL
--
-- fota.add_image_of: a component whose digest means one more image. Its version is known as long as
-- all of them are of one; its payload is empty as soon as there are two.

CREATE OR REPLACE FUNCTION fota.add_image_of(INOUT facts fota.component_case, model text, version text, payload bytea)
LANGUAGE plpgsql IMMUTABLE
AS $$
#variable_conflict use_column
BEGIN
	IF facts.known IS NULL THEN
		facts.reported := $3;
		facts.base := $4;
	ELSE
		facts.reported := CASE WHEN facts.reported = $3 THEN $3 END;
		facts.base := CASE WHEN facts.base <> $4 THEN '' ELSE coalesce($4, facts.base) END;
	END IF;
	facts.known := facts.known || ($2 || E'\n' || $3);
END
$$;

COMMENT ON FUNCTION fota.add_image_of(fota.component_case, text, text, bytea) IS
	'A component whose digest means one more image.';
