-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ddi_accept: the configData value `fota.accept` as capabilities: names or numbers of
-- transfer formats, best first, each with its parameters after colons, such as
-- `detools-heatshrink:8:4 bsdiff40`. Words that we do not know are skipped.

CREATE OR REPLACE FUNCTION fota.ddi_accept(value text)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
DECLARE
	v_names CONSTANT text[] := '{raw,bsdiff40,endsley,detools,detools-heatshrink,detools-lzma,detools-crle,'
		'detools-inplace,esp-delta,zstd,vcdiff,fota-tiny,fota-max}';
BEGIN
	RETURN (
		SELECT jsonb_build_object('formats', coalesce(jsonb_agg(f.format ORDER BY f.ord), '[]'))
		FROM (
			SELECT w.ord, to_jsonb(ARRAY[coalesce(array_position(v_names, p.part[1]) - 1,
					CASE WHEN p.part[1] ~ '^[0-9]{1,9}$' THEN p.part[1]::int END)]
				|| p.part[2:]::int[]) AS format
			FROM regexp_split_to_table(lower($1), '[\s,;]+') WITH ORDINALITY w (word, ord)
			CROSS JOIN LATERAL (SELECT string_to_array(w.word, ':') AS part) p
			WHERE w.word ~ '^[a-z0-9-]+(:[0-9]{1,9}){0,7}$'
				AND (p.part[1] = ANY (v_names) OR p.part[1] ~ '^[0-9]{1,9}$')
			ORDER BY w.ord
			LIMIT 16
		) f);
END
$$;

COMMENT ON FUNCTION fota.ddi_accept(text) IS 'The configData value fota.accept as capabilities.';
