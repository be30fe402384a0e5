-- SPDX-License-Identifier: PostgreSQL
--
-- fota.refresh_tag: the stored inventory tag follows the stored contents and capabilities.

CREATE OR REPLACE FUNCTION fota.refresh_tag(tenant_id int, device_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	UPDATE fota.device_report_state s SET inventory = n.tag
	FROM (SELECT fota.inventory_tag($1, $2) AS tag) n
	WHERE s.tenant_id = $1 AND s.device_id = $2 AND s.inventory IS DISTINCT FROM n.tag;
END
$$;

COMMENT ON FUNCTION fota.refresh_tag(int, bigint) IS 'Brings the stored inventory tag of a device up to date.';
