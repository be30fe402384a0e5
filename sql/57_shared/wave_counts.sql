-- SPDX-License-Identifier: PostgreSQL
--
-- fota.wave_counts: what came of an open wave: one row, or one per model and year where the
-- wave takes its share of each. bad: failed and lost devices that no operator has accepted.

CREATE OR REPLACE FUNCTION fota.wave_counts(tenant_id int, rule_id bigint, wave int)
RETURNS TABLE (model text, year int, population bigint, started bigint, succeeded bigint, failed bigint,
	lost bigint, bad bigint)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT g.model, g.year, g.population, c.started, c.succeeded, c.failed, c.lost,
		c.failed + c.lost - g.accepted
	FROM fota.wave_groups($1, $2, $3) g
	CROSS JOIN LATERAL (
		SELECT count(*) AS started, count(x.succeeded_at) AS succeeded, count(x.failed_at) AS failed,
			count(x.lost_at) AS lost
		FROM fota.rollout_device x
		WHERE x.tenant_id = $1 AND x.rule_id = $2 AND x.wave = $3
			AND (g.model IS NULL OR x.model = g.model AND x.year = g.year)
	) c
	ORDER BY g.model, g.year;
END
$$;

COMMENT ON FUNCTION fota.wave_counts(int, bigint, int) IS
	'What came of an open wave, per model and year where it takes its share of each.';
