-- SPDX-License-Identifier: PostgreSQL
--
-- fota.blob_spec: bytes as the spec of a job names them.

CREATE OR REPLACE FUNCTION fota.blob_spec(blob_id bigint, size bigint, sha256 bytea)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	RETURN jsonb_build_object('blob_id', $1, 'size', $2, 'sha256', encode($3, 'hex'));
END
$$;

COMMENT ON FUNCTION fota.blob_spec(bigint, bigint, bytea) IS 'Bytes as the spec of a job names them.';
