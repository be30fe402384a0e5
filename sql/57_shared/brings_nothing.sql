-- SPDX-License-Identifier: PostgreSQL
--
-- fota.brings_nothing: true when what a device sent is what is stored, and no action of its
-- is open: then there is nothing to lock or to write, and a check-in that repeats its
-- contents stays a read. A malformed document is never what is stored.

CREATE OR REPLACE FUNCTION fota.brings_nothing(tenant_id int, device_id bigint, contents jsonb,
	accept jsonb, attributes jsonb, power jsonb, hw text, mode text)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_state fota.device_report_state;
	v_stored jsonb;
	v_sent jsonb;
BEGIN
	SELECT s.* INTO v_state FROM fota.device_report_state s
	WHERE s.tenant_id = $1 AND s.device_id = $2;
	IF NOT FOUND OR v_state.mode IS DISTINCT FROM $8 OR coalesce($5, '{}') <> '{}'
		OR $4 IS NOT NULL AND fota.accept_normal($4) IS DISTINCT FROM v_state.accept
		OR $6 IS NOT NULL AND $6 IS DISTINCT FROM v_state.power
		OR $7 IS NOT NULL AND $7 IS DISTINCT FROM v_state.hw
		OR EXISTS (SELECT FROM fota.action a
			WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.state IN ('open', 'superseded')) THEN
		RETURN false;
	END IF;
	IF $3 IS NULL THEN
		RETURN true;
	END IF;
	IF jsonb_typeof($3) <> 'object' OR jsonb_path_exists($3, '$.* ? (@.type() != "object")') THEN
		RETURN false;
	END IF;

	SELECT coalesce(jsonb_object_agg(h.component, jsonb_build_array(h.version, encode(h.digest, 'hex'), h.slot)), '{}')
	INTO v_stored
	FROM fota.device_contents h
	WHERE h.tenant_id = $1 AND h.device_id = $2 AND h.present
		AND ($8 <> 'ddi' OR $3 ? h.component);
	SELECT coalesce(jsonb_object_agg(e.key, jsonb_build_array(e.value -> 'version', e.value -> 'digest',
			e.value -> 'slot')), '{}')
	INTO v_sent FROM jsonb_each($3) e;
	RETURN v_stored = v_sent AND ($8 = 'ddi' OR NOT EXISTS (
		SELECT FROM fota.device d
		JOIN fota.component c ON c.tenant_id = $1 AND c.model = d.model
		LEFT JOIN fota.device_contents h ON h.tenant_id = $1 AND h.device_id = $2 AND h.component = c.component
		WHERE d.tenant_id = $1 AND d.device_id = $2 AND h.component IS NULL));
END
$$;

COMMENT ON FUNCTION fota.brings_nothing(int, bigint, jsonb, jsonb, jsonb, jsonb, text, text) IS
	'True when what a device sent is stored already and it has no open action.';
