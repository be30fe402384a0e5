-- SPDX-License-Identifier: PostgreSQL
--
-- fota.put_digests: the digests that devices report instead of the payload's, as the decoder found them:
-- [{"kind", "digest"}, ..]. Of two of one kind the first counts.

CREATE OR REPLACE FUNCTION fota.put_digests(image fota.image, digests jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	INSERT INTO fota.image_digest (tenant_id, model, component, version, build, kind, digest)
	SELECT ($1).tenant_id, ($1).model, ($1).component, ($1).version, ($1).build, d.value ->> 'kind',
		decode(d.value ->> 'digest', 'hex')
	FROM jsonb_array_elements($2) WITH ORDINALITY d (value, place)
	ORDER BY d.place
	ON CONFLICT (tenant_id, model, component, version, build, kind) DO NOTHING;
END
$$;

COMMENT ON FUNCTION fota.put_digests(fota.image, jsonb) IS 'Stores the digests by which devices may report an image.';
