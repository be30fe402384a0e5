-- SPDX-License-Identifier: PostgreSQL
--
-- fota.name_hash: the first 4 bytes of SHA-256 over seed, a zero byte and a device's name, as
-- a number: fota.bucket is its remainder by 10000, and a stratum's threshold compares with it. In PL/pgSQL, since
-- SQL that calls convert_to is not inlined and costs twice as much.

CREATE OR REPLACE FUNCTION fota.name_hash(seed text, name text)
RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
	v_hash bytea := sha256(convert_to($1, 'UTF8') || '\x00'::bytea || convert_to($2, 'UTF8'));
BEGIN
	RETURN (get_byte(v_hash, 0)::bigint << 24) + (get_byte(v_hash, 1) << 16) + (get_byte(v_hash, 2) << 8)
		+ get_byte(v_hash, 3);
END
$$;

COMMENT ON FUNCTION fota.name_hash(text, text) IS 'Where a seed places a device, 0 to 4294967295.';
