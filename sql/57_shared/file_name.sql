-- SPDX-License-Identifier: PostgreSQL
--
-- fota.file_name: the name under which an artifact is offered: the one that the image was
-- added with, else component-version and a suffix. A delta never has the image's name.

CREATE OR REPLACE FUNCTION fota.file_name(metadata jsonb, component text, version text, format int[])
RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	RETURN left(regexp_replace(
		CASE WHEN $4[1] > 0 THEN format('%s-%s.delta', $2, $3)
			ELSE coalesce($1 ->> 'file_name', format('%s-%s.bin', $2, $3)) END,
		'[^A-Za-z0-9._-]', '_', 'g'), 100);
END
$$;

COMMENT ON FUNCTION fota.file_name(jsonb, text, text, int[]) IS
	'The file name under which an artifact is offered, of [A-Za-z0-9._-] only.';
