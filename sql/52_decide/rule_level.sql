-- SPDX-License-Identifier: PostgreSQL
--
-- fota.rule_level: how special the scope of a rule is.

CREATE OR REPLACE FUNCTION fota.rule_level(rule fota.rule)
RETURNS int
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	RETURN CASE WHEN ($1).serial_from = ($1).serial_to THEN 16
			WHEN ($1).serial_from IS NOT NULL OR ($1).serial_to IS NOT NULL THEN 8 ELSE 0 END
		+ CASE WHEN ($1).batch IS NULL THEN 0 ELSE 4 END + CASE WHEN ($1).years IS NULL THEN 0 ELSE 2 END
		+ CASE WHEN ($1).model IS NULL THEN 0 ELSE 1 END;
END
$$;

COMMENT ON FUNCTION fota.rule_level(fota.rule) IS 'Single serial 16, serial range 8, batch 4, years 2, model 1, added up.';
