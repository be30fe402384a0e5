-- SPDX-License-Identifier: PostgreSQL
--
-- fota.image_digest: other digests by which devices report an image (that of an ESP
-- application, an MCUboot hash), or their first 8 bytes or more.

CREATE TABLE fota.image_digest (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	model text COLLATE "C" NOT NULL,
	component text COLLATE "C" NOT NULL,
	version text COLLATE "C" NOT NULL,
	build text COLLATE "C" NOT NULL DEFAULT '',
	kind text COLLATE "C" NOT NULL,
	digest bytea NOT NULL CHECK (length(digest) BETWEEN 8 AND 64),
	PRIMARY KEY (tenant_id, model, component, version, build, kind),
	FOREIGN KEY (tenant_id, model, component, version, build) REFERENCES fota.image ON DELETE CASCADE
);
CREATE INDEX image_digest_idx ON fota.image_digest (tenant_id, substr(digest, 1, 8));

COMMENT ON TABLE fota.image_digest IS 'Other digests that identify an image.';
COMMENT ON COLUMN fota.image_digest.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.image_digest.model IS 'Model of the image.';
COMMENT ON COLUMN fota.image_digest.component IS 'Component of the image.';
COMMENT ON COLUMN fota.image_digest.version IS 'Version of the image.';
COMMENT ON COLUMN fota.image_digest.build IS 'Build of the image.';
COMMENT ON COLUMN fota.image_digest.kind IS 'What it is a digest of.';
COMMENT ON COLUMN fota.image_digest.digest IS 'The digest, or its first 8 bytes or more.';
