-- SPDX-License-Identifier: PostgreSQL
--
-- fota.wanted_deltas: the deltas that a device could use for what it must install now,
-- or waits for, and that nobody has asked for yet.

CREATE OR REPLACE FUNCTION fota.wanted_deltas(tenant_id int, device_id bigint, at timestamptz)
RETURNS TABLE (source bytea, target bytea)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT e.wanted, i.payload_sha256
	FROM fota.resolve($1, $2, $3) r
	JOIN fota.offered_image($1, $2, r.component, r.rule_id, r.version, r.build) i ON true
	CROSS JOIN LATERAL fota.choose_encoding($1, $2, r.component, i.payload_sha256, false) e
	WHERE e.wanted IS NOT NULL AND r.version IS NOT NULL
		AND (r.verdict = 'install' OR r.verdict = 'wait' AND r.reason = 'delta');
END
$$;

COMMENT ON FUNCTION fota.wanted_deltas(int, bigint, timestamptz) IS
	'Deltas that a device could use now and that nobody has asked for yet.';
