-- SPDX-License-Identifier: PostgreSQL
--
-- fota.requires_of: what a version requires. All builds of a version require the same.

CREATE OR REPLACE FUNCTION fota.requires_of(tenant_id int, model text, component text, version text)
RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (
		SELECT i.requires FROM fota.image i
		WHERE i.tenant_id = $1 AND i.model = $2 AND i.component = $3 AND i.version = $4
			AND i.state = 'published'
		ORDER BY i.build
		LIMIT 1);
END
$$;

COMMENT ON FUNCTION fota.requires_of(int, text, text, text) IS 'What a published version requires.';
