-- SPDX-License-Identifier: PostgreSQL
--
-- fota.passes_versions: does what the device has meet every range, {"bootloader": ">=1.2"}? A
-- component that is unknown or absent meets none.

CREATE OR REPLACE FUNCTION fota.passes_versions(tenant_id int, device_id bigint, versions jsonb)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	v_contents jsonb := fota.device_document($1, $2) -> 'contents';
BEGIN
	RETURN NOT EXISTS (
		SELECT FROM jsonb_each_text($3) t
		WHERE fota.version_matches(v_contents -> t.key ->> 'version', t.value) IS NOT TRUE);
END
$$;

COMMENT ON FUNCTION fota.passes_versions(int, bigint, jsonb) IS 'True when what the device has meets every range.';
