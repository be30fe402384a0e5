-- SPDX-License-Identifier: PostgreSQL
--
-- fota_past.delta: deltas as of the epoch that is asked for. One that has no version up to then was
-- asked for, if it was, and no more.

CREATE OR REPLACE FUNCTION fota_past.delta()
RETURNS SETOF fota.delta
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT v.tenant_id, (v.document ->> 'source')::bytea, (v.document ->> 'target')::bytea,
		ARRAY(SELECT e.x::int FROM jsonb_array_elements_text(v.document -> 'format') WITH ORDINALITY e (x, n) ORDER BY e.n),
		v.document ->> 'state', (v.document ->> 'sha256')::bytea, (v.document ->> 'size')::bigint,
		(v.document ->> 'requested_at')::timestamptz, (v.document ->> 'ready_at')::timestamptz,
		(v.document ->> 'job_id')::bigint, nullif(v.document -> 'error', 'null')
	FROM fota.row_version v
	WHERE v.relation = 'delta' AND v.document IS NOT NULL
		AND v.tenant_id = (SELECT fota_past.as_of_tenant())
		AND (SELECT c.epoch FROM fota.change c WHERE c.tenant_id = v.tenant_id AND c.change_no = v.change_no)
			= (SELECT max((SELECT c.epoch FROM fota.change c WHERE c.tenant_id = n.tenant_id
					AND c.change_no = n.change_no AND c.epoch + 0 <= (SELECT fota_past.as_of_epoch())))
				FROM fota.row_version n
				WHERE n.tenant_id = v.tenant_id AND n.relation = v.relation AND n.key = v.key)
	UNION ALL
	SELECT d.tenant_id, d.source, d.target, d.format,
		CASE WHEN EXISTS (
				SELECT FROM fota.row_version v
				WHERE v.tenant_id = d.tenant_id AND v.relation = 'delta'
					AND v.key = format('["\\x%s", "\\x%s", %s]', encode(d.source, 'hex'), encode(d.target, 'hex'), to_jsonb(d.format)))
			THEN 'wanted' ELSE d.state END,
		d.sha256, d.size, d.requested_at, d.ready_at, d.job_id, d.error
	FROM fota.delta d
	WHERE d.tenant_id = (SELECT fota_past.as_of_tenant())
		AND ((SELECT fota_past.as_of_instant()) IS NULL OR d.requested_at <= (SELECT fota_past.as_of_instant()))
		AND NOT EXISTS (
			SELECT FROM fota.row_version v
			WHERE v.tenant_id = d.tenant_id AND v.relation = 'delta'
				AND v.key = format('["\\x%s", "\\x%s", %s]', encode(d.source, 'hex'), encode(d.target, 'hex'), to_jsonb(d.format))
				AND (SELECT c.epoch FROM fota.change c WHERE c.tenant_id = v.tenant_id AND c.change_no = v.change_no)
					<= (SELECT fota_past.as_of_epoch()));
END;

COMMENT ON FUNCTION fota_past.delta() IS 'Deltas as of the epoch that is asked for.';
