-- SPDX-License-Identifier: PostgreSQL
--
-- fota.blob: bytes that are stored once per tenant and known by their SHA-256: uploaded
-- files, payloads, deltas. A row exists only when all chunks are there and the digest was
-- verified. The chunks are in fota.blob_chunk under blob_id.

CREATE TABLE fota.blob (
	tenant_id int NOT NULL DEFAULT fota.current_tenant() REFERENCES fota.tenant,
	sha256 bytea NOT NULL CHECK (length(sha256) = 32),
	size bigint NOT NULL CHECK (size >= 0),
	sha1 bytea CHECK (length(sha1) = 20),
	md5 bytea CHECK (length(md5) = 16),
	blob_id bigint NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, sha256),
	UNIQUE (tenant_id, blob_id)
);

COMMENT ON TABLE fota.blob IS 'Verified bytes, known by their SHA-256.';
COMMENT ON COLUMN fota.blob.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.blob.sha256 IS 'SHA-256 of the bytes.';
COMMENT ON COLUMN fota.blob.size IS 'Bytes.';
COMMENT ON COLUMN fota.blob.sha1 IS 'SHA-1, which DDI clients check; NULL until the worker has computed it.';
COMMENT ON COLUMN fota.blob.md5 IS 'MD5, which DDI shows; NULL until computed.';
COMMENT ON COLUMN fota.blob.blob_id IS 'Number under which fota.blob_chunk has the bytes.';
COMMENT ON COLUMN fota.blob.created_at IS 'When it was verified.';
