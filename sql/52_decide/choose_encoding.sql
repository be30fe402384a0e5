-- SPDX-License-Identifier: PostgreSQL
--
-- fota.choose_encoding: how an item travels to a device: the smallest transfer that the
-- device can use, and the full payload when a delta would be more than 0.9 of it. A
-- delta starts from a digest that the device reported, never from a version alone.
--
-- wanted: the digest of what a delta should start from that nobody has asked for yet.

CREATE OR REPLACE FUNCTION fota.choose_encoding(tenant_id int, device_id bigint, component text,
	target bytea, plain boolean)
RETURNS TABLE (format int[], sha256 bytea, bytes bigint, base bytea, wanted bytea)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_size bigint;
	v_base bytea;
BEGIN
	SELECT b.size INTO v_size FROM fota.blob b WHERE b.tenant_id = $1 AND b.sha256 = $4;

	IF NOT $5 AND fota.takes_format($1, $2, 1) THEN
		SELECT CASE WHEN count(DISTINCT i.payload_sha256) = 1
			THEN (array_agg(i.payload_sha256))[1] END INTO v_base
		FROM fota.device d
		JOIN fota.device_contents h ON h.tenant_id = $1 AND h.device_id = $2
			AND h.component = $3 AND h.present
		JOIN fota.image i ON i.tenant_id = $1 AND i.model IN (d.model, '*')
			AND i.component = $3 AND i.state IN ('published', 'withdrawn')
			AND fota.digest_identifies($1, i.model, i.component, i.version, i.build,
				i.payload_sha256, h.digest)
		WHERE d.tenant_id = $1 AND d.device_id = $2;
	END IF;

	IF v_base <> $4 THEN
		RETURN QUERY
		SELECT x.format, x.sha256, b.size, v_base, NULL::bytea
		FROM fota.delta x
		JOIN fota.blob b ON b.tenant_id = $1 AND b.sha256 = x.sha256
		WHERE x.tenant_id = $1 AND x.source = v_base AND x.target = $4 AND x.format = '{1}'
			AND x.state = 'ready' AND b.size <= v_size * 0.9;
		IF FOUND THEN
			RETURN;
		END IF;
	END IF;

	RETURN QUERY SELECT '{0}'::int[], $4, v_size, NULL::bytea,
		CASE WHEN v_base <> $4 AND NOT EXISTS (
			SELECT FROM fota.delta x WHERE x.tenant_id = $1 AND x.source = v_base
				AND x.target = $4 AND x.format = '{1}') THEN v_base END;
END
$$;

COMMENT ON FUNCTION fota.choose_encoding(int, bigint, text, bytea, boolean) IS
	'The smallest transfer of a payload that a device can use; plain: only the payload itself.';
