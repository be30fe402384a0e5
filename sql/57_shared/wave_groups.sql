-- SPDX-License-Identifier: PostgreSQL
--
-- fota.wave_groups: the groups of devices by which an open wave is judged: all of it, or each
-- model and year where it takes its share of each.

CREATE OR REPLACE FUNCTION fota.wave_groups(tenant_id int, rule_id bigint, wave int)
RETURNS TABLE (model text, year int, population bigint, accepted bigint)
LANGUAGE plpgsql STABLE ROWS 10
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT t.model, t.year, t.population, t.accepted FROM fota.rollout_stratum t
	WHERE t.tenant_id = $1 AND t.rule_id = $2 AND t.wave = $3;
	IF NOT FOUND THEN
		RETURN QUERY
		SELECT NULL::text, NULL::int, s.population, s.accepted FROM fota.rollout_state s
		WHERE s.tenant_id = $1 AND s.rule_id = $2 AND s.wave = $3;
	END IF;
END
$$;

COMMENT ON FUNCTION fota.wave_groups(int, bigint, int) IS 'Groups of devices by which an open wave is judged.';
