-- SPDX-License-Identifier: PostgreSQL
--
-- fota.action_ends: when time alone will bring something about in an open action, if its device stays silent: it is lost
-- (once it has fetched bytes), expires, or an item that is installed and uncontradicted is confirmed. A postponement or
-- deferral is no silence.

CREATE OR REPLACE FUNCTION fota.action_ends(action fota.action, OUT lost_at timestamptz, OUT expires_at timestamptz,
	OUT settles_at timestamptz)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := ($1).tenant_id;
	v_device bigint := ($1).device_id;
	v_quiet timestamptz;
	v_begun boolean;
BEGIN
	SELECT greatest(($1).seen_at, s.seen_at, ($1).deferred_until, d.postponed_until) INTO v_quiet
	FROM fota.device d
	LEFT JOIN fota.device_seen s ON s.tenant_id = v_tenant AND s.device_id = v_device
	WHERE d.tenant_id = v_tenant AND d.device_id = v_device;
	SELECT bool_or(i.state IN ('downloading', 'downloaded', 'installing', 'installed') OR i.try > 0),
		min(i.changed_at) FILTER (WHERE i.state = 'installed') + interval '1 hour'
	INTO v_begun, settles_at
	FROM fota.action_item i
	WHERE i.tenant_id = v_tenant AND i.device_id = v_device AND i.action = ($1).action;
	IF v_begun OR EXISTS (
		SELECT FROM fota.report p
		WHERE p.tenant_id = v_tenant AND p.opened_at = ($1).opened_at AND p.device_id = v_device
			AND p.action = ($1).action AND (p.bytes > 0 OR p.state = 1)) THEN
		lost_at := v_quiet + make_interval(secs => fota.lost_after($1)::float8 * ($1).poll);
	END IF;
	expires_at := v_quiet + fota.get_setting(v_tenant, 'action_timeout')::interval;
END
$$;

COMMENT ON FUNCTION fota.action_ends(fota.action) IS
	'When time alone brings something about in an open action: it is lost, expires, or an item of it is confirmed.';
