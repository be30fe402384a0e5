-- SPDX-License-Identifier: PostgreSQL
--
-- fota.resolve_before: fota.resolve_many with the catalogue as it was before this transaction, and
-- devices as they are: what a change of the catalogue does is the difference of the two. Refuses
-- and writes as that does.

CREATE OR REPLACE FUNCTION fota.resolve_before(tenant_id int, device_ids bigint[], at timestamptz)
RETURNS TABLE (device_id bigint, component text, verdict text, rule_id bigint, rule text,
	release text, version text, build text, target_version text, reported_version text,
	not_before timestamptz, not_after timestamptz, reason text, detail text, epoch bigint,
	valid_until timestamptz)
LANGUAGE plpgsql STABLE COST 1000 ROWS 10
AS $$
#variable_conflict use_column
DECLARE
	v_epoch bigint;
	v_ids bigint[] := $2;
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
	IF cardinality(v_ids) > 1 THEN
		v_ids := ARRAY(SELECT u.id FROM unnest(v_ids) WITH ORDINALITY u (id, ord)
			GROUP BY u.id ORDER BY min(u.ord));
	END IF;
	RETURN QUERY SELECT d.* FROM fota_past.decide_many($1, v_ids, $3, v_epoch, NULL) d;
END
$$;

COMMENT ON FUNCTION fota.resolve_before(int, bigint[], timestamptz) IS
	'What these devices must have by the catalogue as it was before this transaction.';
