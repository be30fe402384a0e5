-- SPDX-License-Identifier: PostgreSQL
--
-- fota.passes_filters: is one of these filters true of the device's document?

CREATE OR REPLACE FUNCTION fota.passes_filters(tenant_id int, device_id bigint, filters jsonpath[])
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	v_document jsonb := fota.device_document($1, $2);
	v_filter jsonpath;
BEGIN
	FOREACH v_filter IN ARRAY $3 LOOP
		IF fota.filter_matches(v_filter, v_document) THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END
$$;

COMMENT ON FUNCTION fota.passes_filters(int, bigint, jsonpath[]) IS 'True when one of the filters is true of the device.';
