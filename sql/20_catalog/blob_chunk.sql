-- SPDX-License-Identifier: PostgreSQL
--
-- fota.blob_chunk: the bytes of blobs and of uploads under way, in rows of 256 KiB (the
-- last one shorter), so that a gigabyte neither needs one value nor memory.

CREATE SEQUENCE fota.blob_id AS bigint;
COMMENT ON SEQUENCE fota.blob_id IS 'Numbers of blobs, uploads and results of jobs.';

CREATE TABLE fota.blob_chunk (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	blob_id bigint NOT NULL,
	chunk_no int NOT NULL CHECK (chunk_no BETWEEN 0 AND 65535),
	data bytea NOT NULL CHECK (length(data) BETWEEN 1 AND 262144),
	PRIMARY KEY (tenant_id, blob_id, chunk_no)
);
ALTER TABLE fota.blob_chunk ALTER COLUMN data SET STORAGE EXTERNAL;

COMMENT ON TABLE fota.blob_chunk IS 'Bytes of blobs and uploads in rows of 256 KiB.';
COMMENT ON COLUMN fota.blob_chunk.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.blob_chunk.blob_id IS 'fota.blob.blob_id, fota.upload.upload_id or fota.job.blob_id.';
COMMENT ON COLUMN fota.blob_chunk.chunk_no IS 'From 0.';
COMMENT ON COLUMN fota.blob_chunk.data IS '262144 bytes, fewer only in the last chunk.';
