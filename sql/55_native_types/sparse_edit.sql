-- SPDX-License-Identifier: PostgreSQL
--
-- Images cut, joined, filled and compared: functions on fota.sparse_image that give another one, or where two differ.

CREATE FUNCTION fota.slice(image fota.sparse_image, range int8range)
RETURNS fota.sparse_image
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'fotapg_slice';
COMMENT ON FUNCTION fota.slice(fota.sparse_image, int8range) IS
	'What of the flash lies in a range.';

CREATE FUNCTION fota.exclude(image fota.sparse_image, range int8range)
RETURNS fota.sparse_image
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'fotapg_exclude';
COMMENT ON FUNCTION fota.exclude(fota.sparse_image, int8range) IS
	'The image without a range of its flash.';

CREATE FUNCTION fota.merge(image fota.sparse_image, other fota.sparse_image, overlap text DEFAULT 'error')
RETURNS fota.sparse_image
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'fotapg_merge';
COMMENT ON FUNCTION fota.merge(fota.sparse_image, fota.sparse_image, text) IS
	'Both images as one; of bytes that differ the first or last counts, else they are an error.';

CREATE FUNCTION fota.move(image fota.sparse_image, delta bigint)
RETURNS fota.sparse_image
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'fotapg_move';
COMMENT ON FUNCTION fota.move(fota.sparse_image, bigint) IS
	'Every address of flash, and the entry, higher by delta.';

CREATE FUNCTION fota.fill(image fota.sparse_image, range int8range, byte bigint)
RETURNS fota.sparse_image
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'fotapg_fill';
COMMENT ON FUNCTION fota.fill(fota.sparse_image, int8range, bigint) IS
	'Gaps in a range become bytes of one value.';

CREATE FUNCTION fota.align(image fota.sparse_image, unit bigint, byte bigint DEFAULT 255)
RETURNS fota.sparse_image
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'fotapg_align';
COMMENT ON FUNCTION fota.align(fota.sparse_image, bigint, bigint) IS
	'Segments begin and end at multiples of unit, what is missing being byte.';

CREATE FUNCTION fota.patch(image fota.sparse_image, address bigint, data bytea)
RETURNS fota.sparse_image
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'fotapg_patch';
COMMENT ON FUNCTION fota.patch(fota.sparse_image, bigint, bytea) IS
	'Bytes at an address, over what is there.';

CREATE FUNCTION fota.split(image fota.sparse_image, size bigint)
RETURNS TABLE (address bigint, image fota.sparse_image)
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100
AS 'MODULE_PATHNAME', 'fotapg_split';
COMMENT ON FUNCTION fota.split(fota.sparse_image, bigint) IS
	'One row per block of addresses of this size that has bytes.';

CREATE FUNCTION fota.diff(a fota.sparse_image, b fota.sparse_image)
RETURNS TABLE (range int8range, kind text)
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100
AS 'MODULE_PATHNAME', 'fotapg_diff';
COMMENT ON FUNCTION fota.diff(fota.sparse_image, fota.sparse_image) IS
	'Where two images differ: only_a, only_b or changed, in order of address.';

CREATE FUNCTION fota.changed_pages(a fota.sparse_image, b fota.sparse_image, page bigint)
RETURNS int8multirange
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'fotapg_changed_pages';
COMMENT ON FUNCTION fota.changed_pages(fota.sparse_image, fota.sparse_image, bigint) IS
	'The pages of flash in which two images differ, for what must be erased and written.';

CREATE FUNCTION fota.merge_step(image fota.sparse_image, other fota.sparse_image)
RETURNS fota.sparse_image
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'fotapg_merge';
COMMENT ON FUNCTION fota.merge_step(fota.sparse_image, fota.sparse_image) IS
	'A step of the aggregate fota.merge.';

CREATE AGGREGATE fota.merge(fota.sparse_image) (
	SFUNC = fota.merge_step, STYPE = fota.sparse_image, COMBINEFUNC = fota.merge_step, PARALLEL = SAFE
);
COMMENT ON AGGREGATE fota.merge(fota.sparse_image) IS 'All images of a group as one; bytes that differ are an error.';
