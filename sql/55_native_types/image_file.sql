-- SPDX-License-Identifier: PostgreSQL
--
-- What a file is, holds and proves: functions on bytea.

CREATE FUNCTION fota.detect(file bytea)
RETURNS TABLE (format text, confidence int, reason text)
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 5
AS 'MODULE_PATHNAME', 'fotapg_detect';
COMMENT ON FUNCTION fota.detect(bytea) IS
	'The formats that a file may be of, by content alone, the likeliest first.';

CREATE FUNCTION fota.inspect(file bytea, format text DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS jsonb
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10000
AS 'MODULE_PATHNAME', 'fotapg_inspect';
COMMENT ON FUNCTION fota.inspect(bytea, text, jsonb) IS
	'What a file holds: format, content_id, segments, metadata, members, warnings.';

CREATE FUNCTION fota.check(file bytea, format text DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (severity text, code text, message text, detail text, hint text, line bigint, "position" bigint)
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10000 ROWS 5
AS 'MODULE_PATHNAME', 'fotapg_check_file';
COMMENT ON FUNCTION fota.check(bytea, text, jsonb) IS
	'What is wrong with a file: its warnings, then the error that it is refused with.';

CREATE FUNCTION fota.members(file bytea, format text DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (name text, size bigint, packed bigint, "position" bigint, method text)
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10000 ROWS 20
AS 'MODULE_PATHNAME', 'fotapg_members';
COMMENT ON FUNCTION fota.members(bytea, text, jsonb) IS
	'The files in a package.';

CREATE FUNCTION fota.member(file bytea, name text, format text DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10000
AS 'MODULE_PATHNAME', 'fotapg_member';
COMMENT ON FUNCTION fota.member(bytea, text, text, jsonb) IS
	'A file in a package, unpacked.';

CREATE FUNCTION fota.verify(file bytea, keys bytea[], format text DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (what text, algorithm text, key text, result text, reason text)
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10000 ROWS 3
AS 'MODULE_PATHNAME', 'fotapg_verify';
COMMENT ON FUNCTION fota.verify(bytea, bytea[], text, jsonb) IS
	'What became of each signature of a file with these keys (public keys or certificates, DER or PEM): valid, invalid, '
	'untrusted, unsigned or unverifiable.';

CREATE FUNCTION fota.check_layout(layout jsonb)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'fotapg_check_layout';
COMMENT ON FUNCTION fota.check_layout(jsonb) IS 'What is wrong with a layout for fota.decoder; NULL = nothing.';

CREATE FUNCTION fota.formats()
RETURNS TABLE (format text, title text, writable boolean)
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 ROWS 40
AS 'MODULE_PATHNAME', 'fotapg_formats';
COMMENT ON FUNCTION fota.formats() IS 'The file formats that we decode, and which of them can be written.';
