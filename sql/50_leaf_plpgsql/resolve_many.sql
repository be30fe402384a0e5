-- SPDX-License-Identifier: PostgreSQL
--
-- fota.resolve_many: which contents must these devices have, and what follows for
-- each component. The portable twin of the C leaf, and its oracle: fota.decide for one device
-- after the other, so that every step finds its few rows by an index, whatever the
-- statistics say.
--
-- Writes nothing. The caller's row policies hold: a tenant that the caller may not see is
-- refused with 42501. device_ids NULL = all devices of the tenant. An instant before now() is
-- judged by what was known then: fota_past.

CREATE OR REPLACE FUNCTION fota.resolve_many(tenant_id int, device_ids bigint[], at timestamptz)
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
	v_id bigint;
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
	IF $3 < now() THEN
		RETURN QUERY SELECT d.* FROM fota_past.decide_many($1, v_ids, $3, fota.epoch_at($1, $3), $3) d;
		RETURN;
	END IF;
	IF v_ids IS NULL THEN
		v_ids := ARRAY(SELECT d.device_id FROM fota.device d WHERE d.tenant_id = $1 ORDER BY d.device_id);
	END IF;
	FOREACH v_id IN ARRAY v_ids LOOP
		RETURN QUERY SELECT v_id, d.* FROM fota.decide($1, v_id, $3, v_epoch) d;
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.resolve_many(int, bigint[], timestamptz) IS
	'What these devices must have and what follows, one row per component; NULL = all devices of the tenant.';
