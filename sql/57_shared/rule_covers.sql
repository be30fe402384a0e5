-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rule_covers: is a device with these columns in the scope of a rule, but for rule_device?

CREATE OR REPLACE FUNCTION fota.rule_covers(rule fota.rule, device fota.device)
RETURNS boolean
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
	SELECT ((rule).model IS NULL OR (device).model = (rule).model)
		AND ((rule).years IS NULL OR coalesce((rule).years @> (device).year, false))
		AND ((rule).batch IS NULL OR coalesce((device).batch = (rule).batch, false))
		AND CASE WHEN (rule).serial_from = (rule).serial_to THEN (device).serial = (rule).serial_from
			ELSE coalesce((device).serial_key >= (rule).serial_from_key, true)
				AND coalesce((device).serial_key <= (rule).serial_to_key, true) END;
END;

COMMENT ON FUNCTION fota.rule_covers(fota.rule, fota.device) IS
	'Is a device in the scope of a rule? Rows of rule_device, which may narrow it further, are not asked.';
