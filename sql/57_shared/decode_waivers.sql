-- SPDX-License-Identifier: PostgreSQL
--
-- fota.decode_waivers: what a decoder is told besides the file: the waivers of the options, then the limits of the
-- settings, which nobody waives.

CREATE OR REPLACE FUNCTION fota.decode_waivers(tenant_id int, options jsonb)
RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN CASE WHEN jsonb_typeof($2 -> 'waivers') = 'array' THEN $2 -> 'waivers' ELSE '[]' END
		|| (SELECT jsonb_agg(l.name || '=' || fota.get_limit($1, l.name) ORDER BY l.name)
			FROM unnest('{max_flat,max_segments,max_members,max_unpacked,max_ratio,max_nesting}'::text[]) l (name));
END
$$;

COMMENT ON FUNCTION fota.decode_waivers(int, jsonb) IS 'The waivers of the options and the limits of the settings, as decoders take them.';
