-- SPDX-License-Identifier: PostgreSQL
--
-- fota.preview_devices: what the changes of this transaction do to each device, or what these
-- drafts would do: a row per device and component whose decision differs. Nothing of it is kept,
-- and nobody else sees it: ask before COMMIT.

CREATE OR REPLACE FUNCTION fota.preview_devices(rules text[], at timestamptz DEFAULT now())
RETURNS TABLE (device text, model text, component text, has text, was_verdict text, was_version text, was_rule text,
	verdict text, version text, rule text, reason text, detail text)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
BEGIN
	RETURN QUERY
	SELECT d.name, d.model, c.component, c.has, c.was_verdict, c.was_version, c.was_rule, c.verdict, c.version, c.rule,
		c.reason, c.detail
	FROM fota.compare_decisions(v_tenant, $1, $2) c
	JOIN fota.device d ON d.tenant_id = v_tenant AND d.device_id = c.device_id
	ORDER BY d.name, c.component;
END
$$;

COMMENT ON FUNCTION fota.preview_devices(text[], timestamptz) IS
	'What these drafts would do to each device; NULL = what the changes of this transaction do.';

CREATE OR REPLACE FUNCTION fota.preview_devices()
RETURNS TABLE (device text, model text, component text, has text, was_verdict text, was_version text, was_rule text,
	verdict text, version text, rule text, reason text, detail text)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
	RETURN QUERY SELECT p.* FROM fota.preview_devices(NULL::text[]) p;
END
$$;

COMMENT ON FUNCTION fota.preview_devices() IS 'What the changes of this transaction do to each device.';
