-- SPDX-License-Identifier: PostgreSQL
--
-- fota.preview: what the changes of this transaction do to the fleet, or what these drafts would do: how
-- many devices go from which version to which, blocked ones and why, with the bytes to transfer in
-- full and with the deltas that are ready, the deltas that are missing, devices whose contents are
-- unknown, and those for which the rule won only by its number. Ask before COMMIT.

CREATE OR REPLACE FUNCTION fota.preview(rules text[], at timestamptz DEFAULT now())
RETURNS TABLE (model text, component text, has text, was text, becomes text, rule text, reason text, devices bigint,
	bytes_full numeric, bytes_with_deltas numeric, deltas_missing bigint, unknown bigint, ties bigint)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
BEGIN
	RETURN QUERY
	WITH changed AS MATERIALIZED (
		SELECT d.model, c.*, h.present IS NULL OR h.present AND c.has IS NULL AS unknown, i.payload_sha256 AS target,
			t.size, y.payload_sha256 AS base, x.size AS delta_size,
			y.payload_sha256 IS NOT NULL AND y.payload_sha256 <> i.payload_sha256 AND x.size IS NULL AS missing
		FROM fota.compare_decisions(v_tenant, $1, $2) c
		JOIN fota.device d ON d.tenant_id = v_tenant AND d.device_id = c.device_id
		LEFT JOIN fota.device_contents h ON h.tenant_id = v_tenant AND h.device_id = c.device_id AND h.component = c.component
		LEFT JOIN LATERAL (
			SELECT i.payload_sha256 FROM fota.image i
			WHERE c.verdict = 'install' AND i.tenant_id = v_tenant AND i.model IN (d.model, '*') AND i.component = c.component
				AND i.version = c.version AND i.build = c.build
			ORDER BY i.model = '*' LIMIT 1) i ON true
		LEFT JOIN fota.blob t ON t.tenant_id = v_tenant AND t.sha256 = i.payload_sha256
		LEFT JOIN LATERAL (
			SELECT y.payload_sha256 FROM fota.image y
			WHERE i.payload_sha256 IS NOT NULL AND y.tenant_id = v_tenant AND y.model IN (d.model, '*')
				AND y.component = c.component AND y.payload_sha256 = h.digest AND y.state IN ('published', 'withdrawn')
				AND EXISTS (SELECT FROM fota.device_report_state s WHERE s.tenant_id = v_tenant AND s.device_id = c.device_id
					AND jsonb_path_exists(s.accept, 'strict $.formats[*] ? (@[0] == 1)', '{}', true))
			LIMIT 1) y ON true
		LEFT JOIN fota.delta x ON x.tenant_id = v_tenant AND x.source = y.payload_sha256 AND x.target = i.payload_sha256
			AND x.format = '{1}' AND x.state = 'ready' AND x.size <= t.size * 0.9
	),
	tied AS (
		SELECT r.rule_id, r.component, t.device_id
		FROM (SELECT DISTINCT c.rule_id, c.component FROM changed c WHERE c.rule_id IS NOT NULL) r
		CROSS JOIN LATERAL fota.tied_devices(v_tenant, r.rule_id, r.component) t (device_id)
	)
	SELECT c.model, c.component, CASE WHEN c.unknown THEN NULL ELSE c.has END, concat_ws(' ', c.was_verdict, c.was_version),
		concat_ws(' ', c.verdict, c.version), c.rule,
		CASE WHEN c.verdict IN ('blocked', 'wait') OR c.reason IN ('ahead', 'downgrade', 'rebuild', 'hop')
			THEN c.reason END,
		count(*), sum(c.size), sum(coalesce(c.delta_size, c.size)),
		count(DISTINCT (c.base, c.target)) FILTER (WHERE c.missing), count(*) FILTER (WHERE c.unknown), count(t.device_id)
	FROM changed c
	LEFT JOIN tied t ON t.device_id = c.device_id AND t.rule_id = c.rule_id AND t.component = c.component
	GROUP BY 1, 2, 3, 4, 5, 6, 7
	ORDER BY 1, 2, 8 DESC, 3, 5;
END
$$;

COMMENT ON FUNCTION fota.preview(text[], timestamptz) IS
	'What these drafts would do to the fleet; NULL = what the changes of this transaction do.';

CREATE OR REPLACE FUNCTION fota.preview()
RETURNS TABLE (model text, component text, has text, was text, becomes text, rule text, reason text, devices bigint,
	bytes_full numeric, bytes_with_deltas numeric, deltas_missing bigint, unknown bigint, ties bigint)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
	RETURN QUERY SELECT p.* FROM fota.preview(NULL::text[]) p;
END
$$;

COMMENT ON FUNCTION fota.preview() IS 'What the changes of this transaction do to the fleet.';
