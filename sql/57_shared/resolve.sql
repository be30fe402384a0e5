-- SPDX-License-Identifier: PostgreSQL
--
-- fota.resolve: what must this device have, and what follows for each component? The one
-- function that decides; check-in, DDI and every question of an operator go through it.
-- Writes nothing.

CREATE OR REPLACE FUNCTION fota.resolve(tenant_id int, device_id bigint, at timestamptz)
RETURNS TABLE (component text, verdict text, rule_id bigint, rule text, release text, version text,
	build text, target_version text, reported_version text, not_before timestamptz,
	not_after timestamptz, reason text, detail text, epoch bigint, valid_until timestamptz)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT r.component, r.verdict, r.rule_id, r.rule, r.release, r.version, r.build,
		r.target_version, r.reported_version, r.not_before, r.not_after, r.reason, r.detail,
		r.epoch, r.valid_until
	FROM fota.resolve_many($1, ARRAY[$2], $3) r;
END
$$;

COMMENT ON FUNCTION fota.resolve(int, bigint, timestamptz) IS
	'What a device must have and what follows, one row per component; writes nothing.';
