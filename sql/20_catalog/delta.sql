-- SPDX-License-Identifier: PostgreSQL
--
-- fota.delta: a patch from one payload to another in one format, made once however many
-- devices ask, and served only when it was applied once and the result compared.

CREATE TABLE fota.delta (
	tenant_id int NOT NULL DEFAULT fota.current_tenant() REFERENCES fota.tenant,
	source bytea NOT NULL CHECK (length(source) = 32),
	target bytea NOT NULL CHECK (length(target) = 32),
	format int[] NOT NULL CHECK (cardinality(format) BETWEEN 1 AND 8),
	state text NOT NULL DEFAULT 'wanted' CHECK (state IN ('wanted', 'ready', 'failed', 'withdrawn')),
	sha256 bytea,
	size bigint,
	requested_at timestamptz NOT NULL DEFAULT now(),
	ready_at timestamptz,
	job_id bigint,
	error jsonb,
	PRIMARY KEY (tenant_id, source, target, format),
	FOREIGN KEY (tenant_id, source) REFERENCES fota.blob,
	FOREIGN KEY (tenant_id, target) REFERENCES fota.blob,
	FOREIGN KEY (tenant_id, sha256) REFERENCES fota.blob,
	CHECK (state <> 'ready' OR sha256 IS NOT NULL AND size IS NOT NULL)
);

COMMENT ON TABLE fota.delta IS 'A patch from one payload to another.';
COMMENT ON COLUMN fota.delta.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.delta.source IS 'SHA-256 of the payload that it starts from.';
COMMENT ON COLUMN fota.delta.target IS 'SHA-256 of the payload that it gives.';
COMMENT ON COLUMN fota.delta.format IS 'Number of the format and its parameters, as on the wire.';
COMMENT ON COLUMN fota.delta.state IS 'wanted, ready, failed (see error) or withdrawn.';
COMMENT ON COLUMN fota.delta.sha256 IS 'SHA-256 of the delta itself.';
COMMENT ON COLUMN fota.delta.size IS 'Bytes of the delta.';
COMMENT ON COLUMN fota.delta.requested_at IS 'When it was first asked for.';
COMMENT ON COLUMN fota.delta.ready_at IS 'When it became ready.';
COMMENT ON COLUMN fota.delta.job_id IS 'The job that makes or made it.';
COMMENT ON COLUMN fota.delta.error IS 'Why it failed: {"code", "message", "detail", "hint"}.';
