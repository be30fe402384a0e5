-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.changes: what changed, in any tenant, since a front-end asked before. kind
-- device or credential with its number and name; kind tenant: its epoch rose, or too much
-- changed to name. The new since is the oldest transaction that may still commit: what
-- commits late is told late, and never missed; some is told twice. after NULL: only the
-- new since. The first row is always there, with kind none when nothing changed.

CREATE OR REPLACE FUNCTION fota_device.changes(after bigint)
RETURNS TABLE (status text, since bigint, tenant_id int, kind text, id bigint, name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_next bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
	v_tenant int;
	v_any boolean := false;
BEGIN
	IF $1 IS NOT NULL THEN
		FOR v_tenant IN SELECT t.tenant_id FROM fota.tenant t ORDER BY t.tenant_id LOOP
			PERFORM set_config('fota.tenant', v_tenant::text, true);
			RETURN QUERY
			SELECT 'ok', v_next, v_tenant, c.kind, c.id, max(c.name)
			FROM fota.device_change c
			WHERE c.tenant_id = v_tenant AND c.xid >= $1::text::xid8
			GROUP BY c.kind, c.id
			ORDER BY c.kind, c.id;
			v_any := v_any OR FOUND;
		END LOOP;
		PERFORM set_config('fota.tenant', v_before, true);
	END IF;
	IF NOT v_any THEN
		RETURN QUERY SELECT 'ok', v_next, NULL::int, 'none', NULL::bigint, NULL;
	END IF;
END
$$;

COMMENT ON FUNCTION fota_device.changes(bigint) IS
	'Devices, credentials and tenants that changed since a front-end asked before.';
