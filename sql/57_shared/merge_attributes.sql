-- SPDX-License-Identifier: PostgreSQL
--
-- fota.merge_attributes: attributes with changes applied; null deletes a key. NULL when
-- the changes are no object of scalars, or leave more than 100 keys.

CREATE OR REPLACE FUNCTION fota.merge_attributes(attributes jsonb, changes jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
	v_merged jsonb;
BEGIN
	IF jsonb_typeof($2) IS DISTINCT FROM 'object' THEN
		RETURN NULL;
	END IF;
	IF EXISTS (
		SELECT FROM jsonb_each($2) e
		WHERE jsonb_typeof(e.value) IN ('object', 'array')
			OR length(e.key) NOT BETWEEN 1 AND 128 OR length(e.value #>> '{}') > 1024) THEN
		RETURN NULL;
	END IF;
	v_merged := (coalesce($1, '{}') || $2) - ARRAY(
		SELECT e.key FROM jsonb_each($2) e WHERE jsonb_typeof(e.value) = 'null');
	IF (SELECT count(*) FROM jsonb_object_keys(v_merged)) > 100 THEN
		RETURN NULL;
	END IF;
	RETURN v_merged;
END
$$;

COMMENT ON FUNCTION fota.merge_attributes(jsonb, jsonb) IS
	'Attributes with changes applied, null deletes; NULL when malformed or more than 100 keys.';
