-- SPDX-License-Identifier: PostgreSQL
--
-- fota.filter_matches: is a filter true of a device document? NULL = it cannot say, for
-- instance since it asks for an attribute that the device has not: then the device is not meant.

CREATE OR REPLACE FUNCTION fota.filter_matches(filter jsonpath, document jsonb)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
	RETURN jsonb_path_match($2, $1, '{}', true);
END
$$;

COMMENT ON FUNCTION fota.filter_matches(jsonpath, jsonb) IS
	'Is the filter true of the device document? NULL = unknown, which counts as no.';
