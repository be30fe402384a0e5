-- SPDX-License-Identifier: PostgreSQL
--
-- fota.resolve, as people ask it: a device of the caller's tenant by its name.

CREATE OR REPLACE FUNCTION fota.resolve(device text, at timestamptz DEFAULT now())
RETURNS TABLE (component text, verdict text, rule_id bigint, rule text, release text, version text,
	build text, target_version text, reported_version text, not_before timestamptz,
	not_after timestamptz, reason text, detail text, epoch bigint, valid_until timestamptz)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
BEGIN
	RETURN QUERY
	SELECT r.* FROM fota.resolve(v_tenant, fota.find_device(v_tenant, $1), $2) r;
END
$$;

COMMENT ON FUNCTION fota.resolve(text, timestamptz) IS
	'What the device of this name must have and what follows, one row per component.';
