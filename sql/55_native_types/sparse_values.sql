-- SPDX-License-Identifier: PostgreSQL
--
-- What an image is: functions on fota.sparse_image and from and to files.

CREATE FUNCTION fota.decode(file bytea, format text DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS fota.sparse_image
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10000
AS 'MODULE_PATHNAME', 'fotapg_decode';
COMMENT ON FUNCTION fota.decode(bytea, text, jsonb) IS
	'The segments of an image file; format NULL: by content. A warning is a NOTICE; fota.inspect has them all.';

CREATE FUNCTION fota.encode(image fota.sparse_image, format text, record_size bigint DEFAULT 0)
RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000
AS 'MODULE_PATHNAME', 'fotapg_encode';
COMMENT ON FUNCTION fota.encode(fota.sparse_image, text, bigint) IS
	'The image as a file of a format that can be written; record_size 0: as usual there.';

CREATE FUNCTION fota.segments(image fota.sparse_image)
RETURNS TABLE (address bigint, length bigint, space text, sha256 bytea)
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10
AS 'MODULE_PATHNAME', 'fotapg_segments';
COMMENT ON FUNCTION fota.segments(fota.sparse_image) IS
	'The segments of an image, in order.';

CREATE FUNCTION fota.bounds(image fota.sparse_image)
RETURNS int8range
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'fotapg_bounds';
COMMENT ON FUNCTION fota.bounds(fota.sparse_image) IS
	'From the lowest to the highest address of flash.';

CREATE FUNCTION fota.ranges(image fota.sparse_image)
RETURNS int8multirange
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'fotapg_ranges';
COMMENT ON FUNCTION fota.ranges(fota.sparse_image) IS
	'The addresses of flash that have bytes; the gaps are int8multirange(fota.bounds(i)) - fota.ranges(i).';

CREATE FUNCTION fota.entry(image fota.sparse_image)
RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'fotapg_entry';
COMMENT ON FUNCTION fota.entry(fota.sparse_image) IS
	'Where execution begins, if the file said so.';

CREATE FUNCTION fota.content_id(image fota.sparse_image)
RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'fotapg_content_id';
COMMENT ON FUNCTION fota.content_id(fota.sparse_image) IS
	'SHA-256 over address, length (8 bytes each, big-endian) and bytes of each segment: equal for the same image in any format.';

CREATE FUNCTION fota.flatten(image fota.sparse_image, range int8range DEFAULT NULL, fill bigint DEFAULT 255)
RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'fotapg_flatten';
COMMENT ON FUNCTION fota.flatten(fota.sparse_image, int8range, bigint) IS
	'The bytes of a range of flash, gaps filled; NULL: of its bounds.';

CREATE FUNCTION fota.sha256(image fota.sparse_image, range int8range DEFAULT NULL, fill bigint DEFAULT 255)
RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'fotapg_sha256';
COMMENT ON FUNCTION fota.sha256(fota.sparse_image, int8range, bigint) IS
	'SHA-256 of what fota.flatten gives.';

CREATE FUNCTION fota.crc(image fota.sparse_image, width int, poly bigint, init bigint, refin boolean, refout boolean, xorout bigint,
	range int8range DEFAULT NULL, fill bigint DEFAULT 255)
RETURNS bigint
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'fotapg_crc';
COMMENT ON FUNCTION fota.crc(fota.sparse_image, int, bigint, bigint, boolean, boolean, bigint, int8range, bigint) IS
	'A CRC, by its parameters, of what fota.flatten gives. STM32: 32, 79764919, 4294967295, false, false, 0.';
