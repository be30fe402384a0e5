-- SPDX-License-Identifier: PostgreSQL
--
-- fota.image: one version of one component of one model; several builds (hardware, slot)
-- of a version are rows of their own.

CREATE TABLE fota.image (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	model text COLLATE "C" NOT NULL,
	component text COLLATE "C" NOT NULL,
	version text COLLATE "C" NOT NULL CHECK (version ~ '^[^[:cntrl:]]{1,128}$'),
	build text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(build) <= 64),
	state text NOT NULL DEFAULT 'published' CHECK (state IN ('decoding', 'published', 'refused', 'withdrawn')),
	sha256 bytea CHECK (length(sha256) = 32),
	payload_sha256 bytea CHECK (length(payload_sha256) = 32),
	content_id bytea CHECK (length(content_id) = 32),
	format text,
	size bigint CHECK (size >= 0),
	hw text[],
	slot int CHECK (slot >= 0),
	requires jsonb,
	floor boolean NOT NULL DEFAULT false,
	security_fix boolean NOT NULL DEFAULT false,
	vulnerable boolean NOT NULL DEFAULT false,
	min_battery smallint CHECK (min_battery BETWEEN 0 AND 100),
	mains boolean NOT NULL DEFAULT false,
	metadata jsonb NOT NULL DEFAULT '{}',
	warnings jsonb NOT NULL DEFAULT '[]',
	error jsonb,
	job_id bigint,
	added_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, model, component, version, build),
	FOREIGN KEY (tenant_id, model, component) REFERENCES fota.component,
	FOREIGN KEY (tenant_id, sha256) REFERENCES fota.blob,
	FOREIGN KEY (tenant_id, payload_sha256) REFERENCES fota.blob,
	CHECK (state <> 'published' OR payload_sha256 IS NOT NULL)
);
CREATE INDEX image_file_idx ON fota.image (tenant_id, sha256);
CREATE INDEX image_payload_idx ON fota.image (tenant_id, payload_sha256);
CREATE INDEX image_floor_idx ON fota.image (tenant_id, model, component) WHERE floor;
CREATE INDEX image_requires_idx ON fota.image (tenant_id, model) WHERE requires IS NOT NULL;

COMMENT ON TABLE fota.image IS 'One version of one component of one model, in one build.';
COMMENT ON COLUMN fota.image.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.image.model IS 'Model, or ''*''.';
COMMENT ON COLUMN fota.image.component IS 'Component of that model.';
COMMENT ON COLUMN fota.image.version IS 'Version, as the vendor writes it.';
COMMENT ON COLUMN fota.image.build IS 'Distinguishes builds of one version; empty where there is one.';
COMMENT ON COLUMN fota.image.state IS
	'decoding (a job is at it), published, refused (see error), or withdrawn.';
COMMENT ON COLUMN fota.image.sha256 IS 'The file as it was uploaded; NULL while it is not verified.';
COMMENT ON COLUMN fota.image.payload_sha256 IS 'What devices get; NULL until decoded.';
COMMENT ON COLUMN fota.image.content_id IS 'SHA-256 of the segments; equal in every file format.';
COMMENT ON COLUMN fota.image.format IS 'File format: raw, ihex, srec, ..';
COMMENT ON COLUMN fota.image.size IS 'Bytes of the file.';
COMMENT ON COLUMN fota.image.hw IS 'Hardware ids that this build fits; NULL = any.';
COMMENT ON COLUMN fota.image.slot IS 'Slot that this build is linked for; NULL = any.';
COMMENT ON COLUMN fota.image.requires IS 'What must be there before: {"from", "from_absent", "components"}.';
COMMENT ON COLUMN fota.image.floor IS 'No update path may skip this version.';
COMMENT ON COLUMN fota.image.security_fix IS 'Fixes a vulnerability.';
COMMENT ON COLUMN fota.image.vulnerable IS 'Known to be vulnerable.';
COMMENT ON COLUMN fota.image.min_battery IS 'Least battery in percent for installing.';
COMMENT ON COLUMN fota.image.mains IS 'To be installed on mains power only.';
COMMENT ON COLUMN fota.image.metadata IS 'What the file says of itself; segments, entry, file_name.';
COMMENT ON COLUMN fota.image.warnings IS 'Waivers that were used, and what is legal but unusual.';
COMMENT ON COLUMN fota.image.error IS 'Why it was refused: {"code", "message", "detail", "hint"}.';
COMMENT ON COLUMN fota.image.job_id IS 'The job that decodes or decoded it.';
COMMENT ON COLUMN fota.image.added_at IS 'When it was added.';
