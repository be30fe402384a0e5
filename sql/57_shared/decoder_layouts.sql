-- SPDX-License-Identifier: PostgreSQL
--
-- fota.decoder_layouts: the layouts of a tenant as decoders take them, [{"name", "layout"}, ..], in the order in which they are
-- tried; NULL = none.

CREATE OR REPLACE FUNCTION fota.decoder_layouts(tenant_id int)
RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (SELECT jsonb_agg(jsonb_build_object('name', d.decoder, 'layout', d.layout) ORDER BY d.priority DESC, d.decoder)
		FROM fota.decoder d WHERE d.tenant_id = $1 AND d.layout IS NOT NULL);
END
$$;

COMMENT ON FUNCTION fota.decoder_layouts(int) IS 'The layouts of a tenant as decoders take them.';
