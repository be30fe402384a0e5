-- SPDX-License-Identifier: PostgreSQL
--
-- fota.resolve_difference: for which components of these devices fota.resolve_many decides otherwise than
-- fota.resolve_before, with both decisions; a side without the component is NULL. What a change of the
-- catalogue does, in one pass over the devices: fota.preview counts it.
--
-- unknown: it is not known what the device has. For what is to be installed now: payload, and base, the
-- payload that a delta could start from, where the device takes deltas.

CREATE OR REPLACE FUNCTION fota.resolve_difference(tenant_id int, device_ids bigint[], at timestamptz)
RETURNS TABLE (device_id bigint, component text, reported_version text, was_verdict text, was_rule_id bigint,
	was_rule text, was_version text, was_build text, was_reason text, verdict text, rule_id bigint, rule text,
	version text, build text, reason text, detail text, model text, unknown boolean, base bytea, payload bytea)
LANGUAGE plpgsql STABLE COST 1000 ROWS 1000
AS $$
#variable_conflict use_column
DECLARE
	v_epoch bigint;
	v_ids bigint[] := $2;
	v_id bigint;
	v_former text;
BEGIN
	IF $1 IS NOT NULL AND $3 IS NULL THEN
		RAISE EXCEPTION 'the instant to resolve at is NULL'
			USING ERRCODE = '22004', HINT = 'Give now().';
	END IF;
	SELECT e.epoch INTO v_epoch FROM fota.epoch e WHERE e.tenant_id = $1;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'tenant % is not visible', coalesce($1::text, 'NULL')
			USING ERRCODE = '42501',
				DETAIL = format('resolve was called by role %s for tenant %s.', current_user,
					coalesce($1::text, 'NULL')),
				HINT = 'Ask for a tenant that fota.member lists for your role.';
	END IF;
	IF v_ids IS NULL THEN
		v_ids := ARRAY(SELECT d.device_id FROM fota.device d WHERE d.tenant_id = $1 ORDER BY d.device_id);
	ELSIF cardinality(v_ids) > 1 THEN
		v_ids := ARRAY(SELECT u.id FROM unnest(v_ids) WITH ORDINALITY u (id, ord)
			GROUP BY u.id ORDER BY min(u.ord));
	END IF;
	v_former := fota_past.as_of($1, v_epoch, NULL);
	FOREACH v_id IN ARRAY v_ids LOOP
		RETURN QUERY
		SELECT v_id, x.component, x.has, x.was_verdict, x.was_rule_id, x.was_rule, x.was_version, x.was_build, x.was_reason,
			x.verdict, x.rule_id, x.rule, x.version, x.build, x.reason, x.detail, d.model,
			x.has IS NULL AND c.present IS NOT FALSE,
			CASE WHEN x.verdict = 'install' AND fota.takes_format($1, v_id, 1) THEN c.base END, i.payload_sha256
		FROM (
			SELECT coalesce(l.name, b.component) AS component, coalesce(l.reported_version, b.reported_version) AS has,
				b.verdict AS was_verdict, b.rule_id AS was_rule_id, b.rule AS was_rule, b.version AS was_version,
				b.build AS was_build, b.reason AS was_reason, l.*
			FROM fota.decide($1, v_id, $3, v_epoch) l (name)
			FULL JOIN fota_past.decide($1, v_id, $3, v_epoch) b ON b.component = l.name
			WHERE coalesce(l.name, b.component) IS NOT NULL
				AND ((b.verdict, b.version, b.build, b.reason) IS DISTINCT FROM (l.verdict, l.version, l.build, l.reason)
					OR b.rule_id IS DISTINCT FROM l.rule_id)
		) x
		JOIN fota.device d ON d.tenant_id = $1 AND d.device_id = v_id
		LEFT JOIN unnest(fota.component_cases(fota.device_case($1, v_id, $3, v_epoch))) c ON c.component = x.component
		LEFT JOIN LATERAL (
			SELECT i.payload_sha256 FROM fota.image i
			WHERE x.verdict = 'install' AND i.tenant_id = $1 AND i.model IN (d.model, '*') AND i.component = x.component
				AND i.version = x.version AND i.build = x.build
			ORDER BY i.model = '*' LIMIT 1) i ON true
		ORDER BY x.component COLLATE "C";
	END LOOP;
	PERFORM fota_past.as_of(v_former);
END
$$;

COMMENT ON FUNCTION fota.resolve_difference(int, bigint[], timestamptz) IS
	'Where these devices must have something else than by the catalogue before this transaction.';
