-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ends_conflict: would a component at this version (NULL = removed) put up with what
-- another is about to become?

CREATE OR REPLACE FUNCTION fota.ends_conflict(device fota.device_case, facts fota.component_case,
	version text, other fota.component_case)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_range text;
BEGIN
	IF $3 IS NULL THEN
		RETURN true;
	END IF;
	v_range := fota.requires_of(($1).tenant_id, ($2).image_model, ($2).component, $3)
		-> 'components' ->> ($4).component;
	RETURN v_range IS NULL OR coalesce(fota.version_matches(($4).offered, v_range), false);
END
$$;

COMMENT ON FUNCTION fota.ends_conflict(fota.device_case, fota.component_case, text, fota.component_case) IS
	'Would a component at this version put up with what another is about to become?';
