-- SPDX-License-Identifier: PostgreSQL
--
-- fota.decoder: file formats that a tenant's vendors made up, before those that we know: described by a layout, or decoded by
-- a function of this database.
--
--	layout      a JSON object, which needs no code; extension/core/layout/README.md tells what it can say
--	function    name of a function (file bytea, options jsonb) RETURNS TABLE (payload bytea, metadata jsonb, warnings jsonb), in SQL,
--				PL/pgSQL or another extension's C; payload NULL: the file itself. It runs with the rights of whoever adds the image

CREATE TABLE fota.decoder (
	tenant_id int NOT NULL DEFAULT fota.current_tenant() REFERENCES fota.tenant,
	decoder text COLLATE "C" NOT NULL CHECK (decoder ~ '^[a-z][a-z0-9-]{0,30}$'),
	priority int NOT NULL DEFAULT 0,
	layout jsonb CHECK (jsonb_typeof(layout) = 'object' AND length(layout::text) <= 16384),
	function text,
	magic bytea CHECK (length(magic) BETWEEN 1 AND 64),
	magic_offset int NOT NULL DEFAULT 0 CHECK (magic_offset BETWEEN 0 AND 262080),
	description text NOT NULL DEFAULT '',
	PRIMARY KEY (tenant_id, decoder),
	CONSTRAINT decoder_kind CHECK (num_nonnulls(layout, function) = 1 AND (layout IS NULL OR magic IS NULL))
);

COMMENT ON TABLE fota.decoder IS 'File formats that are described by a layout, or decoded by a function.';
COMMENT ON COLUMN fota.decoder.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.decoder.decoder IS 'Name of the format, as option format of fota.add_image has it.';
COMMENT ON COLUMN fota.decoder.priority IS 'Of several whose magic fits the highest counts, then the first name.';
COMMENT ON COLUMN fota.decoder.layout IS 'The format as a JSON object.';
COMMENT ON COLUMN fota.decoder.function IS 'Function (bytea, jsonb) RETURNS TABLE (payload bytea, metadata jsonb, warnings jsonb).';
COMMENT ON COLUMN fota.decoder.magic IS 'Of a function: bytes by which its files are known; NULL = only by name.';
COMMENT ON COLUMN fota.decoder.magic_offset IS 'Where they stand.';
COMMENT ON COLUMN fota.decoder.description IS 'For people.';
