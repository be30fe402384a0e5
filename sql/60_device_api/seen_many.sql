-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.seen_many: which devices a front-end heard of, sent together. The arrays are
-- sorted by tenant and device, so that two front-ends never wait for each other crosswise;
-- devices that are unknown are skipped.

CREATE OR REPLACE FUNCTION fota_device.seen_many(tenant_ids int[], device_ids bigint[],
	at timestamptz[], protocols text[])
RETURNS TABLE (status text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_tenant int;
BEGIN
	FOR v_tenant IN SELECT DISTINCT t FROM unnest($1) t WHERE t IS NOT NULL ORDER BY t LOOP
		PERFORM set_config('fota.tenant', v_tenant::text, true);
		INSERT INTO fota.device_seen AS s (tenant_id, device_id, seen_at, protocol)
		SELECT DISTINCT ON (d.device_id) v_tenant, d.device_id, q.at, q.protocol
		FROM unnest($1, $2, $3, $4) q (tenant_id, device_id, at, protocol)
		JOIN fota.device d ON d.tenant_id = v_tenant AND d.device_id = q.device_id
		WHERE q.tenant_id = v_tenant AND q.at IS NOT NULL AND q.protocol IS NOT NULL
		ORDER BY d.device_id, q.at DESC
		ON CONFLICT (tenant_id, device_id) DO UPDATE
		SET seen_at = excluded.seen_at, protocol = excluded.protocol
		WHERE s.seen_at < excluded.seen_at;
	END LOOP;
	PERFORM set_config('fota.tenant', v_before, true);
	RETURN QUERY SELECT 'ok';
END
$$;

COMMENT ON FUNCTION fota_device.seen_many(int[], bigint[], timestamptz[], text[]) IS
	'Keeps when devices were last in contact, many at once.';
