-- SPDX-License-Identifier: PostgreSQL
--
-- fota.upload: a file that arrives in pieces (upload_begin, upload_chunk, upload_finish).
-- It is no blob, and nothing can see it, until the worker has verified its SHA-256.

CREATE TABLE fota.upload (
	tenant_id int NOT NULL DEFAULT fota.current_tenant() REFERENCES fota.tenant,
	upload_id bigint NOT NULL DEFAULT nextval('fota.blob_id'),
	sha256 bytea NOT NULL CHECK (length(sha256) = 32),
	size bigint NOT NULL CHECK (size BETWEEN 1 AND 17179869184),
	state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'finished')),
	begun_at timestamptz NOT NULL DEFAULT now(),
	begun_by name NOT NULL DEFAULT session_user,
	PRIMARY KEY (tenant_id, upload_id)
);
CREATE UNIQUE INDEX upload_open_key ON fota.upload (tenant_id, sha256, size) WHERE state = 'open';

COMMENT ON TABLE fota.upload IS 'A file that arrives in pieces; resumes where it broke off.';
COMMENT ON COLUMN fota.upload.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.upload.upload_id IS 'Its number; the chunks are in fota.blob_chunk under it.';
COMMENT ON COLUMN fota.upload.sha256 IS 'SHA-256 that the whole must have.';
COMMENT ON COLUMN fota.upload.size IS 'Bytes of the whole.';
COMMENT ON COLUMN fota.upload.state IS 'open, or finished: complete and handed to a job.';
COMMENT ON COLUMN fota.upload.begun_at IS 'When it began.';
COMMENT ON COLUMN fota.upload.begun_by IS 'Who began it.';
