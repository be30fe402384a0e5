-- SPDX-License-Identifier: PostgreSQL
--
-- fota.queue_decode: bytes that are all there but not verified: the image is `decoding`
-- and the worker does the rest. blob: as fota.blob_spec gives it.

CREATE OR REPLACE FUNCTION fota.queue_decode(image fota.image, blob jsonb, options jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_image fota.image := $1;
	v_spec jsonb;
BEGIN
	SELECT jsonb_build_object('file', $2, 'format', ($1).format,
		'waivers', fota.decode_waivers(($1).tenant_id, $3),
		'payload', jsonb_build_object('kind', c.payload, 'base', c.base, 'length', c.length, 'fill', c.fill),
		'max_size', m.max_image_bytes, 'layouts', fota.decoder_layouts(($1).tenant_id))
	INTO v_spec
	FROM fota.component c
	JOIN fota.model m ON m.tenant_id = c.tenant_id AND m.model = c.model
	WHERE c.tenant_id = ($1).tenant_id AND c.model = ($1).model AND c.component = ($1).component;

	v_image.state := 'decoding';
	v_image.sha256 := NULL;
	v_image.size := ($2 ->> 'size')::bigint;
	v_image.job_id := fota.queue_job(v_image.tenant_id, 'decode', v_spec, 5);
	PERFORM fota.put_image(v_image);
END
$$;

COMMENT ON FUNCTION fota.queue_decode(fota.image, jsonb, jsonb) IS
	'Queues the decoding of bytes that are all there; their image is decoding until then.';
