-- SPDX-License-Identifier: PostgreSQL
--
-- fota_past.decide_many: the decisions on these devices (NULL = all) with the catalogue of an epoch, and
-- the devices as of an instant, or, when as_of is NULL, as they are now. at: the instant to decide at.

CREATE OR REPLACE FUNCTION fota_past.decide_many(tenant_id int, device_ids bigint[], at timestamptz,
	known_epoch bigint, as_of timestamptz)
RETURNS TABLE (device_id bigint, component text, verdict text, rule_id bigint, rule text,
	release text, version text, build text, target_version text, reported_version text,
	not_before timestamptz, not_after timestamptz, reason text, detail text, epoch bigint,
	valid_until timestamptz)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_former text := fota_past.as_of($1, $4, $5);
	v_ids bigint[] := $2;
	v_id bigint;
BEGIN
	IF v_ids IS NULL THEN
		v_ids := ARRAY(SELECT d.device_id FROM fota_past.device() d WHERE d.tenant_id = $1 ORDER BY d.device_id);
	END IF;
	FOREACH v_id IN ARRAY v_ids LOOP
		RETURN QUERY SELECT v_id, d.* FROM fota_past.decide($1, v_id, $3, $4) d;
	END LOOP;
	PERFORM fota_past.as_of(v_former);
END
$$;

COMMENT ON FUNCTION fota_past.decide_many(int, bigint[], timestamptz, bigint, timestamptz) IS
	'Decisions with the catalogue of an epoch and the devices of an instant; ask fota.resolve_many.';
