-- SPDX-License-Identifier: PostgreSQL
--
-- fota.inventory_tag: the first 8 bytes of a SHA-256 over what a device has and can:
-- while a device sends the tag that it was given, it need not send keys 2 and 3.

CREATE OR REPLACE FUNCTION fota.inventory_tag(tenant_id int, device_id bigint)
RETURNS bytea
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_contents jsonb;
	v_accept jsonb;
BEGIN
	SELECT jsonb_object_agg(h.component, jsonb_build_array(h.version, encode(h.digest, 'hex'), h.slot))
	INTO v_contents
	FROM fota.device_contents h
	WHERE h.tenant_id = $1 AND h.device_id = $2 AND h.present;

	SELECT s.accept INTO v_accept FROM fota.device_report_state s
	WHERE s.tenant_id = $1 AND s.device_id = $2;

	RETURN substr(sha256(convert_to(
		jsonb_build_array(coalesce(v_contents, '{}'), v_accept)::text, 'UTF8')), 1, 8);
END
$$;

COMMENT ON FUNCTION fota.inventory_tag(int, bigint) IS
	'Eight bytes that change when the stored contents or capabilities of a device change.';
