-- SPDX-License-Identifier: PostgreSQL
--
-- Types of the native profile, for tables and queries of its users. They belong to the extension; no table, view
-- or other function of ours mentions them, since the portable profile has none.
--
-- fota.version: a version string, kept as it was given and ordered as fota.version_compare orders it; 1.0 and 1.0.0 are
-- equal. Put fota into search_path to write v < w, or write v OPERATOR(fota.<) w; ORDER BY, DISTINCT, GROUP BY and
-- indexes need neither.

CREATE TYPE fota.version;

CREATE FUNCTION fota.version_in(cstring)
RETURNS fota.version
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE
AS 'textin';
COMMENT ON FUNCTION fota.version_in(cstring) IS 'Input of type fota.version.';

CREATE FUNCTION fota.version_out(fota.version)
RETURNS cstring
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE
AS 'textout';
COMMENT ON FUNCTION fota.version_out(fota.version) IS 'Output of type fota.version.';

CREATE FUNCTION fota.version_recv(internal)
RETURNS fota.version
LANGUAGE internal STABLE STRICT PARALLEL SAFE
AS 'textrecv';
COMMENT ON FUNCTION fota.version_recv(internal) IS 'Binary input of type fota.version: the text in the client''s encoding.';

CREATE FUNCTION fota.version_send(fota.version)
RETURNS bytea
LANGUAGE internal STABLE STRICT PARALLEL SAFE
AS 'textsend';
COMMENT ON FUNCTION fota.version_send(fota.version) IS 'Binary output of type fota.version: the text in the client''s encoding.';

-- A category of its own: a literal of unknown type is never taken for a version where a text would do.
CREATE TYPE fota.version (
	INPUT = fota.version_in,
	OUTPUT = fota.version_out,
	RECEIVE = fota.version_recv,
	SEND = fota.version_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended,
	CATEGORY = 'v'
);
COMMENT ON TYPE fota.version IS 'A version string, kept as given, ordered as fota.version_compare orders it: 1.2 < 1.10, 1.0 = 1.0.0.';

-- Assignment, not implicit: a version that is compared with a text is an error rather than an order of texts.
CREATE CAST (text AS fota.version) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (text AS fota.version) IS 'The version that the text names.';
CREATE CAST (fota.version AS text) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (fota.version AS text) IS 'The version as it was given.';

CREATE FUNCTION fota.version_lt(fota.version, fota.version)
RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_version_lt';
COMMENT ON FUNCTION fota.version_lt(fota.version, fota.version) IS 'Is the first version older? Operator <.';

CREATE FUNCTION fota.version_le(fota.version, fota.version)
RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_version_le';
COMMENT ON FUNCTION fota.version_le(fota.version, fota.version) IS 'Is the first version older or equal? Operator <=.';

CREATE FUNCTION fota.version_eq(fota.version, fota.version)
RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_version_eq';
COMMENT ON FUNCTION fota.version_eq(fota.version, fota.version) IS 'Are both the same version? Operator =.';

CREATE FUNCTION fota.version_ne(fota.version, fota.version)
RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_version_ne';
COMMENT ON FUNCTION fota.version_ne(fota.version, fota.version) IS 'Are they different versions? Operator <>.';

CREATE FUNCTION fota.version_ge(fota.version, fota.version)
RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_version_ge';
COMMENT ON FUNCTION fota.version_ge(fota.version, fota.version) IS 'Is the first version newer or equal? Operator >=.';

CREATE FUNCTION fota.version_gt(fota.version, fota.version)
RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_version_gt';
COMMENT ON FUNCTION fota.version_gt(fota.version, fota.version) IS 'Is the first version newer? Operator >.';

CREATE FUNCTION fota.version_cmp(fota.version, fota.version)
RETURNS int
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_version_cmp';
COMMENT ON FUNCTION fota.version_cmp(fota.version, fota.version) IS 'The order of two versions, for btree indexes.';

CREATE FUNCTION fota.version_hash(fota.version)
RETURNS int
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_version_hash';
COMMENT ON FUNCTION fota.version_hash(fota.version) IS 'Hash of a version''s sort key, equal for equal versions.';

CREATE FUNCTION fota.version_hash_extended(fota.version, bigint)
RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_version_hash_extended';
COMMENT ON FUNCTION fota.version_hash_extended(fota.version, bigint) IS 'The same with 64 bits and a seed.';

CREATE FUNCTION fota.version_smaller(fota.version, fota.version)
RETURNS fota.version
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_version_smaller';
COMMENT ON FUNCTION fota.version_smaller(fota.version, fota.version) IS 'The older of two versions; a step of fota.min.';

CREATE FUNCTION fota.version_larger(fota.version, fota.version)
RETURNS fota.version
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_version_larger';
COMMENT ON FUNCTION fota.version_larger(fota.version, fota.version) IS 'The newer of two versions; a step of fota.max.';

CREATE OPERATOR fota.< (FUNCTION = fota.version_lt, LEFTARG = fota.version, RIGHTARG = fota.version,
	COMMUTATOR = OPERATOR(fota.>), NEGATOR = OPERATOR(fota.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
COMMENT ON OPERATOR fota.< (fota.version, fota.version) IS 'older than';
CREATE OPERATOR fota.<= (FUNCTION = fota.version_le, LEFTARG = fota.version, RIGHTARG = fota.version,
	COMMUTATOR = OPERATOR(fota.>=), NEGATOR = OPERATOR(fota.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
COMMENT ON OPERATOR fota.<= (fota.version, fota.version) IS 'older than or equal to';
CREATE OPERATOR fota.= (FUNCTION = fota.version_eq, LEFTARG = fota.version, RIGHTARG = fota.version,
	COMMUTATOR = OPERATOR(fota.=), NEGATOR = OPERATOR(fota.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR fota.= (fota.version, fota.version) IS 'equal to';
CREATE OPERATOR fota.<> (FUNCTION = fota.version_ne, LEFTARG = fota.version, RIGHTARG = fota.version,
	COMMUTATOR = OPERATOR(fota.<>), NEGATOR = OPERATOR(fota.=), RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR fota.<> (fota.version, fota.version) IS 'not equal to';
CREATE OPERATOR fota.>= (FUNCTION = fota.version_ge, LEFTARG = fota.version, RIGHTARG = fota.version,
	COMMUTATOR = OPERATOR(fota.<=), NEGATOR = OPERATOR(fota.<), RESTRICT = scalargesel, JOIN = scalargejoinsel);
COMMENT ON OPERATOR fota.>= (fota.version, fota.version) IS 'newer than or equal to';
CREATE OPERATOR fota.> (FUNCTION = fota.version_gt, LEFTARG = fota.version, RIGHTARG = fota.version,
	COMMUTATOR = OPERATOR(fota.<), NEGATOR = OPERATOR(fota.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
COMMENT ON OPERATOR fota.> (fota.version, fota.version) IS 'newer than';

CREATE OPERATOR FAMILY fota.version_ops USING btree;
COMMENT ON OPERATOR FAMILY fota.version_ops USING btree IS 'Order of versions.';
CREATE OPERATOR CLASS fota.version_ops DEFAULT FOR TYPE fota.version USING btree FAMILY fota.version_ops AS
	OPERATOR 1 fota.<, OPERATOR 2 fota.<=, OPERATOR 3 fota.=, OPERATOR 4 fota.>=, OPERATOR 5 fota.>,
	FUNCTION 1 fota.version_cmp(fota.version, fota.version);
COMMENT ON OPERATOR CLASS fota.version_ops USING btree IS 'Order of versions.';
CREATE OPERATOR FAMILY fota.version_ops USING hash;
COMMENT ON OPERATOR FAMILY fota.version_ops USING hash IS 'Equality of versions.';
CREATE OPERATOR CLASS fota.version_ops DEFAULT FOR TYPE fota.version USING hash FAMILY fota.version_ops AS
	OPERATOR 1 fota.=,
	FUNCTION 1 fota.version_hash(fota.version),
	FUNCTION 2 fota.version_hash_extended(fota.version, bigint);
COMMENT ON OPERATOR CLASS fota.version_ops USING hash IS 'Equality of versions.';

CREATE AGGREGATE fota.min(fota.version) (SFUNC = fota.version_smaller, STYPE = fota.version,
	COMBINEFUNC = fota.version_smaller, SORTOP = OPERATOR(fota.<), PARALLEL = SAFE);
COMMENT ON AGGREGATE fota.min(fota.version) IS 'The oldest version.';
CREATE AGGREGATE fota.max(fota.version) (SFUNC = fota.version_larger, STYPE = fota.version,
	COMBINEFUNC = fota.version_larger, SORTOP = OPERATOR(fota.>), PARALLEL = SAFE);
COMMENT ON AGGREGATE fota.max(fota.version) IS 'The newest version.';

-- The same test as on texts, under the same name.
CREATE FUNCTION fota.version_matches(version fota.version, range text)
RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_version_matches';
COMMENT ON FUNCTION fota.version_matches(fota.version, text) IS
	'Does the version lie in a range like ">=1.4 <3 || 0.9.x"?';
