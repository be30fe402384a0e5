-- SPDX-License-Identifier: PostgreSQL
--
-- fota.name_hash: the first 4 bytes of SHA-256 over seed, a zero byte and a device's name, as
-- a number: fota.bucket is its remainder by 10000, and a stratum's threshold compares with it.

CREATE OR REPLACE FUNCTION fota.name_hash(seed text, name text)
RETURNS bigint
LANGUAGE sql IMMUTABLE
AS $$
	SELECT ('x' || encode(substr(sha256(convert_to($1, 'UTF8') || '\x00'::bytea || convert_to($2, 'UTF8')), 1, 4), 'hex'))::bit(32)::bigint
$$;

COMMENT ON FUNCTION fota.name_hash(text, text) IS 'Where a seed places a device, 0 to 4294967295.';
