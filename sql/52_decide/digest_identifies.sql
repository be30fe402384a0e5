-- SPDX-License-Identifier: PostgreSQL
--
-- fota.digest_identifies: does this reported digest (8 to 32 bytes) mean this image?
-- A device may report the payload's SHA-256, a digest of fota.image_digest, or the
-- first bytes of either; fota.image_digest may itself hold a prefix.

CREATE OR REPLACE FUNCTION fota.digest_identifies(tenant_id int, model text, component text,
	version text, build text, payload_sha256 bytea, digest bytea)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	IF digest IS NULL OR length(digest) < 8 THEN
		RETURN false;
	END IF;
	IF substr(payload_sha256, 1, length(digest)) = digest THEN
		RETURN true;
	END IF;
	RETURN EXISTS (
		SELECT FROM fota.image_digest d
		WHERE d.tenant_id = $1 AND d.model = $2 AND d.component = $3 AND d.version = $4
			AND d.build = $5
			AND (substr(d.digest, 1, length($7)) = $7 OR substr($7, 1, length(d.digest)) = d.digest));
END
$$;

COMMENT ON FUNCTION fota.digest_identifies(int, text, text, text, text, bytea, bytea) IS
	'True when a reported digest, or its first 8 bytes or more, is one of this image.';
