-- SPDX-License-Identifier: PostgreSQL
--
-- fota.bucket: the place of a device in a rule's exposure: the first four bytes of
-- sha256(seed || 0x00 || name), big-endian, modulo 10000.

CREATE OR REPLACE FUNCTION fota.bucket(seed text, name text)
RETURNS int
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
	v_hash bytea := sha256(convert_to($1, 'UTF8') || '\x00'::bytea || convert_to($2, 'UTF8'));
BEGIN
	RETURN ((get_byte(v_hash, 0)::bigint << 24) + (get_byte(v_hash, 1) << 16) + (get_byte(v_hash, 2) << 8)
		+ get_byte(v_hash, 3)) % 10000;
END
$$;

COMMENT ON FUNCTION fota.bucket(text, text) IS
	'0 to 9999: the place of a device in the exposure of a rule with this seed.';
