-- SPDX-License-Identifier: PostgreSQL
--
-- fota.sparse_image: the segments of an image as one value: bytes at addresses, with gaps. Written as
-- '!0x100 0x8000000:0a0b0c eeprom@0x0:ff' (entry, then space, address and bytes of each segment), or read from the text of
-- Intel HEX or S-records. Two are equal when their content_id is, whatever file format they came from.

CREATE TYPE fota.sparse_image;

CREATE FUNCTION fota.sparse_image_in(cstring)
RETURNS fota.sparse_image
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_sparse_image_in';
COMMENT ON FUNCTION fota.sparse_image_in(cstring) IS 'Input of type fota.sparse_image: its own text, Intel HEX or S-records.';

CREATE FUNCTION fota.sparse_image_out(fota.sparse_image)
RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_sparse_image_out';
COMMENT ON FUNCTION fota.sparse_image_out(fota.sparse_image) IS 'Output of type fota.sparse_image.';

CREATE FUNCTION fota.sparse_image_recv(internal)
RETURNS fota.sparse_image
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_sparse_image_recv';
COMMENT ON FUNCTION fota.sparse_image_recv(internal) IS 'Binary input of type fota.sparse_image; checks all of it.';

CREATE FUNCTION fota.sparse_image_send(fota.sparse_image)
RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_sparse_image_send';
COMMENT ON FUNCTION fota.sparse_image_send(fota.sparse_image) IS 'Binary output of type fota.sparse_image.';

-- External: firmware seldom compresses, and the first bytes are read alone for comparisons.
CREATE TYPE fota.sparse_image (
	INPUT = fota.sparse_image_in,
	OUTPUT = fota.sparse_image_out,
	RECEIVE = fota.sparse_image_recv,
	SEND = fota.sparse_image_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = external
);
COMMENT ON TYPE fota.sparse_image IS 'The segments of an image: bytes at addresses, with gaps.';

CREATE FUNCTION fota.sparse_image_eq(fota.sparse_image, fota.sparse_image)
RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_sparse_image_eq';
COMMENT ON FUNCTION fota.sparse_image_eq(fota.sparse_image, fota.sparse_image) IS 'Do they have the same content_id? Operator =.';

CREATE FUNCTION fota.sparse_image_ne(fota.sparse_image, fota.sparse_image)
RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_sparse_image_ne';
COMMENT ON FUNCTION fota.sparse_image_ne(fota.sparse_image, fota.sparse_image) IS 'Do they have different content_ids? Operator <>.';

CREATE FUNCTION fota.sparse_image_lt(fota.sparse_image, fota.sparse_image)
RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_sparse_image_lt';
COMMENT ON FUNCTION fota.sparse_image_lt(fota.sparse_image, fota.sparse_image) IS 'Is the content_id of the first lower? Operator <.';

CREATE FUNCTION fota.sparse_image_le(fota.sparse_image, fota.sparse_image)
RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_sparse_image_le';
COMMENT ON FUNCTION fota.sparse_image_le(fota.sparse_image, fota.sparse_image) IS 'Is it lower or equal? Operator <=.';

CREATE FUNCTION fota.sparse_image_ge(fota.sparse_image, fota.sparse_image)
RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_sparse_image_ge';
COMMENT ON FUNCTION fota.sparse_image_ge(fota.sparse_image, fota.sparse_image) IS 'Is it higher or equal? Operator >=.';

CREATE FUNCTION fota.sparse_image_gt(fota.sparse_image, fota.sparse_image)
RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_sparse_image_gt';
COMMENT ON FUNCTION fota.sparse_image_gt(fota.sparse_image, fota.sparse_image) IS 'Is it higher? Operator >.';

CREATE FUNCTION fota.sparse_image_cmp(fota.sparse_image, fota.sparse_image)
RETURNS int
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_sparse_image_cmp';
COMMENT ON FUNCTION fota.sparse_image_cmp(fota.sparse_image, fota.sparse_image) IS 'Negative, 0 or positive: the order of the content_ids.';

CREATE FUNCTION fota.sparse_image_hash(fota.sparse_image)
RETURNS int
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_sparse_image_hash';
COMMENT ON FUNCTION fota.sparse_image_hash(fota.sparse_image) IS 'Hash of the content_id, for hash indexes and joins.';

CREATE FUNCTION fota.sparse_image_hash_extended(fota.sparse_image, bigint)
RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_sparse_image_hash_extended';
COMMENT ON FUNCTION fota.sparse_image_hash_extended(fota.sparse_image, bigint) IS 'The same with a seed, for hash partitions.';

CREATE OPERATOR fota.= (
	LEFTARG = fota.sparse_image, RIGHTARG = fota.sparse_image, FUNCTION = fota.sparse_image_eq,
	COMMUTATOR = OPERATOR(fota.=), NEGATOR = OPERATOR(fota.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR fota.= (fota.sparse_image, fota.sparse_image) IS 'The same bytes at the same addresses.';

CREATE OPERATOR fota.<> (
	LEFTARG = fota.sparse_image, RIGHTARG = fota.sparse_image, FUNCTION = fota.sparse_image_ne,
	COMMUTATOR = OPERATOR(fota.<>), NEGATOR = OPERATOR(fota.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR fota.<> (fota.sparse_image, fota.sparse_image) IS 'Not the same bytes at the same addresses.';

CREATE OPERATOR fota.< (
	LEFTARG = fota.sparse_image, RIGHTARG = fota.sparse_image, FUNCTION = fota.sparse_image_lt,
	COMMUTATOR = OPERATOR(fota.>), NEGATOR = OPERATOR(fota.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR fota.< (fota.sparse_image, fota.sparse_image) IS 'Order of content_ids: one that sorting and grouping need, without a meaning.';

CREATE OPERATOR fota.<= (
	LEFTARG = fota.sparse_image, RIGHTARG = fota.sparse_image, FUNCTION = fota.sparse_image_le,
	COMMUTATOR = OPERATOR(fota.>=), NEGATOR = OPERATOR(fota.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR fota.<= (fota.sparse_image, fota.sparse_image) IS 'Order of content_ids: one that sorting and grouping need, without a meaning.';

CREATE OPERATOR fota.>= (
	LEFTARG = fota.sparse_image, RIGHTARG = fota.sparse_image, FUNCTION = fota.sparse_image_ge,
	COMMUTATOR = OPERATOR(fota.<=), NEGATOR = OPERATOR(fota.<), RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR fota.>= (fota.sparse_image, fota.sparse_image) IS 'Order of content_ids: one that sorting and grouping need, without a meaning.';

CREATE OPERATOR fota.> (
	LEFTARG = fota.sparse_image, RIGHTARG = fota.sparse_image, FUNCTION = fota.sparse_image_gt,
	COMMUTATOR = OPERATOR(fota.<), NEGATOR = OPERATOR(fota.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR fota.> (fota.sparse_image, fota.sparse_image) IS 'Order of content_ids: one that sorting and grouping need, without a meaning.';

CREATE OPERATOR CLASS fota.sparse_image_hash_ops
	DEFAULT FOR TYPE fota.sparse_image USING hash AS
	OPERATOR 1 fota.=,
	FUNCTION 1 fota.sparse_image_hash(fota.sparse_image),
	FUNCTION 2 fota.sparse_image_hash_extended(fota.sparse_image, bigint);
COMMENT ON OPERATOR CLASS fota.sparse_image_hash_ops USING hash IS 'Hashing of images by content_id.';

CREATE OPERATOR CLASS fota.sparse_image_ops
	DEFAULT FOR TYPE fota.sparse_image USING btree AS
	OPERATOR 1 fota.<, OPERATOR 2 fota.<=, OPERATOR 3 fota.=, OPERATOR 4 fota.>=, OPERATOR 5 fota.>,
	FUNCTION 1 fota.sparse_image_cmp(fota.sparse_image, fota.sparse_image);
COMMENT ON OPERATOR CLASS fota.sparse_image_ops USING btree IS 'An order by content_id, for GROUP BY, DISTINCT and merge joins.';

COMMENT ON OPERATOR FAMILY fota.sparse_image_hash_ops USING hash IS 'Hashing of images by content_id.';
COMMENT ON OPERATOR FAMILY fota.sparse_image_ops USING btree IS 'An order of images by content_id.';
