-- SPDX-License-Identifier: PostgreSQL
--
-- fota.takes_format: has the device said that it can apply this transfer format?

CREATE OR REPLACE FUNCTION fota.takes_format(tenant_id int, device_id bigint, format int)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	RETURN EXISTS (
		SELECT FROM fota.device_report_state s,
			jsonb_array_elements(CASE WHEN jsonb_typeof(s.accept -> 'formats') = 'array'
				THEN s.accept -> 'formats' ELSE '[]' END) f
		WHERE s.tenant_id = $1 AND s.device_id = $2 AND f ->> 0 = $3::text);
END
$$;

COMMENT ON FUNCTION fota.takes_format(int, bigint, int) IS
	'True when the device''s stored capabilities list the transfer format.';
