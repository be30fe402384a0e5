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
		SELECT c.* FROM fota.compare_decisions(v_tenant, $1, $2) c
	),
	rival AS MATERIALIZED (
		SELECT r.rule_id, r.component, o AS rule
		FROM (SELECT DISTINCT c.rule_id, c.component FROM changed c WHERE c.rule_id IS NOT NULL) r
		CROSS JOIN LATERAL fota.tied_rules(v_tenant, r.rule_id, r.component) o
	),
	tied AS (
		SELECT c.device_id, c.component
		FROM rival r
		JOIN changed c ON c.rule_id = r.rule_id AND c.component = r.component
		JOIN fota.device d ON d.tenant_id = v_tenant AND d.device_id = c.device_id
		WHERE fota.rule_holds(r.rule, d)
		GROUP BY c.device_id, c.component
	),
	-- Few kinds of changes, many devices: what a change costs is looked up once for each kind.
	kinds AS (
		SELECT c.model, c.component, c.unknown, CASE WHEN c.unknown THEN NULL ELSE c.has END AS has,
			concat_ws(' ', c.was_verdict, c.was_version) AS was, concat_ws(' ', c.verdict, c.version) AS becomes, c.rule,
			CASE WHEN c.verdict IN ('blocked', 'wait') OR c.reason IN ('ahead', 'downgrade', 'rebuild', 'hop')
				THEN c.reason END AS reason,
			c.base, c.payload, count(*) AS devices, count(t.device_id) AS ties
		FROM changed c
		LEFT JOIN tied t ON t.device_id = c.device_id AND t.component = c.component
		GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
	)
	SELECT k.model, k.component, k.has, k.was, k.becomes, k.rule, k.reason, sum(k.devices)::bigint,
		sum(k.devices * b.size), sum(k.devices * coalesce(x.size, b.size)),
		count(DISTINCT (k.base, k.payload)) FILTER (WHERE k.base <> k.payload AND x.size IS NULL),
		coalesce(sum(k.devices) FILTER (WHERE k.unknown), 0)::bigint, sum(k.ties)::bigint
	FROM kinds k
	LEFT JOIN fota.blob b ON b.tenant_id = v_tenant AND b.sha256 = k.payload
	LEFT JOIN fota.delta x ON x.tenant_id = v_tenant AND x.source = k.base AND x.target = k.payload
		AND x.format = '{1}' AND x.state = 'ready' AND x.size <= b.size * 0.9
	GROUP BY k.model, k.component, k.has, k.was, k.becomes, k.rule, k.reason
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
