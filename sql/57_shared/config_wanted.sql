-- SPDX-License-Identifier: PostgreSQL
--
-- fota.config_wanted: should a DDI device send its configData? At first, and again after
-- each install that succeeded: clients send it on every poll that carries the link.

CREATE OR REPLACE FUNCTION fota.config_wanted(tenant_id int, device_id bigint)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_reported timestamptz;
BEGIN
	SELECT s.config_at INTO v_reported FROM fota.device_report_state s
	WHERE s.tenant_id = $1 AND s.device_id = $2;
	RETURN v_reported IS NULL OR EXISTS (
		SELECT FROM fota.action_item i
		WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.state IN ('installed', 'confirmed')
			AND i.installed_at >= v_reported);
END
$$;

COMMENT ON FUNCTION fota.config_wanted(int, bigint) IS
	'True while a DDI device should send its configData.';
