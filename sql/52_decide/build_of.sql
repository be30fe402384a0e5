-- SPDX-License-Identifier: PostgreSQL
--
-- fota.build_of: the build of a version that fits a device. A build that names its hardware
-- beats one for any, then one that is linked for the slot to be written beats one for any. On
-- a device with two slots that is the slot that it does not run. builds = how many fit
-- equally well: with none or two there is nothing to install.

CREATE OR REPLACE FUNCTION fota.build_of(tenant_id int, model text, component text, version text,
	hw text, slot int, two_slots boolean,
	OUT builds bigint, OUT build text, OUT state text, OUT payload bytea)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	SELECT count(*), min(b.build), min(b.state), (array_agg(b.payload_sha256))[1]
	INTO builds, build, state, payload
	FROM (
		SELECT i.build, i.state, i.payload_sha256,
			rank() OVER (ORDER BY i.hw IS NULL, i.slot IS NULL) AS place
		FROM fota.image i
		WHERE i.tenant_id = $1 AND i.model = $2 AND i.component = $3 AND i.version = $4
			AND i.state IN ('published', 'decoding')
			AND (i.hw IS NULL OR $5 = ANY (i.hw))
			AND (i.slot IS NULL OR CASE WHEN $7 THEN i.slot <> $6 ELSE i.slot = $6 END)
	) b
	WHERE b.place = 1;
END
$$;

COMMENT ON FUNCTION fota.build_of(int, text, text, text, text, int, boolean) IS
	'The build of a version that fits a device, and how many fit equally well.';
