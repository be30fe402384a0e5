-- SPDX-License-Identifier: PostgreSQL
--
-- The leaf functions of the native profile, in C. 50_leaf_plpgsql/ has the same ones in
-- PL/pgSQL: same names, signatures and answers. They belong to the extension; nothing
-- here refers to a table, since these are made before the tables.

CREATE FUNCTION fota.version_key(text)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_version_key';
COMMENT ON FUNCTION fota.version_key(text) IS
	'Sort key of a version, to be compared COLLATE "C".';

CREATE FUNCTION fota.version_compare(text, text)
RETURNS int
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_version_compare';
COMMENT ON FUNCTION fota.version_compare(text, text) IS
	'-1, 0 or 1: the first version is older than, equal to, or newer than the second.';

CREATE FUNCTION fota.version_matches(version text, range text)
RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_version_matches';
COMMENT ON FUNCTION fota.version_matches(text, text) IS
	'Does the version lie in a range like ">=1.4 <3 || 0.9.x"?';

CREATE FUNCTION fota.serial_key(text)
RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_serial_key';
COMMENT ON FUNCTION fota.serial_key(text) IS
	'Sort key of a serial number, to be compared COLLATE "C": SN9 comes before SN10.';

CREATE FUNCTION fota.bucket(seed text, name text)
RETURNS int
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'fotapg_bucket';
COMMENT ON FUNCTION fota.bucket(text, text) IS
	'0 to 9999: the place of a device in the exposure of a rule with this seed.';

CREATE FUNCTION fota.blob_digest(kind text, data bytea)
RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'fotapg_blob_digest';
COMMENT ON FUNCTION fota.blob_digest(text, bytea) IS
	'Digest sha1, md5 or sha256; NULL where this profile cannot make it.';

CREATE FUNCTION fota.decode_payload(file bytea, as_format text, options jsonb)
RETURNS TABLE (format text, payload bytea, content_id bytea, metadata jsonb, warnings jsonb)
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10000 ROWS 1
AS 'MODULE_PATHNAME', 'fotapg_decode_payload';
COMMENT ON FUNCTION fota.decode_payload(bytea, text, jsonb) IS
	'What devices get of an image file (payload NULL: the file itself), and what it says of itself.';

CREATE FUNCTION fota.make_delta(source bytea, target bytea, format text)
RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000
AS 'MODULE_PATHNAME', 'fotapg_make_delta';
COMMENT ON FUNCTION fota.make_delta(bytea, bytea, text) IS
	'A patch that turns source into target, in a format such as bsdiff40.';

CREATE FUNCTION fota.apply_delta(source bytea, delta bytea, format text)
RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10000
AS 'MODULE_PATHNAME', 'fotapg_apply_delta';
COMMENT ON FUNCTION fota.apply_delta(bytea, bytea, text) IS
	'What a patch makes of source; only its digest can say whether that is right.';

CREATE FUNCTION fota.resolve_many(tenant_id int, device_ids bigint[], at timestamptz)
RETURNS TABLE (device_id bigint, component text, verdict text, rule_id bigint, rule text,
	release text, version text, build text, target_version text, reported_version text,
	not_before timestamptz, not_after timestamptz, reason text, detail text, epoch bigint,
	valid_until timestamptz)
LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000 ROWS 10
AS 'MODULE_PATHNAME', 'fotapg_resolve_many';
COMMENT ON FUNCTION fota.resolve_many(int, bigint[], timestamptz) IS
	'What these devices must have and what follows, one row per component; NULL = all devices of the tenant.';

CREATE FUNCTION fota.resolve_before(tenant_id int, device_ids bigint[], at timestamptz)
RETURNS TABLE (device_id bigint, component text, verdict text, rule_id bigint, rule text,
	release text, version text, build text, target_version text, reported_version text,
	not_before timestamptz, not_after timestamptz, reason text, detail text, epoch bigint,
	valid_until timestamptz)
LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000 ROWS 10
AS 'MODULE_PATHNAME', 'fotapg_resolve_before';
COMMENT ON FUNCTION fota.resolve_before(int, bigint[], timestamptz) IS
	'What these devices must have by the catalogue as it was before this transaction.';

CREATE FUNCTION fota.resolve_difference(tenant_id int, device_ids bigint[], at timestamptz)
RETURNS TABLE (device_id bigint, component text, reported_version text, was_verdict text, was_rule_id bigint,
	was_rule text, was_version text, was_build text, was_reason text, verdict text, rule_id bigint, rule text,
	version text, build text, reason text, detail text, model text, unknown boolean, base bytea, payload bytea)
LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000 ROWS 1000
AS 'MODULE_PATHNAME', 'fotapg_resolve_difference';
COMMENT ON FUNCTION fota.resolve_difference(int, bigint[], timestamptz) IS
	'Where these devices must have something else than by the catalogue before this transaction.';
