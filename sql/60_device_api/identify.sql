-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device.identify: which device is this?
--
--   psk    identity '<tenant_id>.<key no>.<device name>'; gives the wrapped key, too
--   token  fingerprint = SHA-256 of the token; identity '<tenant name>/<device>' chooses
--          among tenants with the same token, else the oldest row counts
--   x509   identity = name in the certificate, fingerprint of it, issuer = that of a CA.
--          Where several tenants have that CA the oldest row counts, revoked or not, so
--          that nobody can claim another's devices by adding a public certificate. A row
--          of the certificate itself, where there is one, decides besides.
--
-- status: ok, unknown, revoked, expired (or not good yet), suspended (its tenant).
-- gateway: there are devices behind it.

CREATE OR REPLACE FUNCTION fota_device.identify(kind text, identity text, fingerprint bytea,
	issuer bytea)
RETURNS TABLE (status text, tenant_id int, tenant text, device_id bigint, device text,
	credential_id bigint, gateway boolean, secret bytea, not_after timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_found fota.credential;
	v_own fota.credential;
	v_tenant fota.tenant;
	v_status text;
BEGIN
	v_found := fota.find_credential($1, $2, $3, $4);
	IF v_found.kind = 'ca' THEN
		SELECT c.* INTO v_own FROM fota.credential c
		WHERE c.tenant_id = v_found.tenant_id AND c.kind = 'x509' AND c.fingerprint = $3;
	END IF;
	SELECT t.* INTO v_tenant FROM fota.tenant t WHERE t.tenant_id = v_found.tenant_id;
	v_status := CASE WHEN v_found.kind IS NULL THEN 'unknown'
		WHEN v_found.revoked_at IS NOT NULL OR v_own.revoked_at IS NOT NULL THEN 'revoked'
		WHEN greatest(v_found.not_before, v_own.not_before) > now()
			OR least(v_found.not_after, v_own.not_after) <= now() THEN 'expired'
		WHEN v_tenant.suspended_at IS NOT NULL THEN 'suspended'
		ELSE 'ok' END;

	IF v_status = 'ok' THEN
		PERFORM set_config('fota.tenant', v_tenant.tenant_id::text, true);
		SELECT d.device_id, d.name, EXISTS (SELECT FROM fota.device k
				WHERE k.tenant_id = v_tenant.tenant_id AND k.parent_id = d.device_id)
		INTO device_id, device, gateway
		FROM fota.device d
		WHERE d.tenant_id = v_tenant.tenant_id AND CASE v_found.kind
			WHEN 'ca' THEN d.name = $2 COLLATE "C" AND d.device_id = coalesce(v_own.device_id, d.device_id)
			WHEN 'psk' THEN d.device_id = v_found.device_id
				AND d.name = regexp_replace($2, '^[0-9]+\.[0-9]+\.', '') COLLATE "C"
			ELSE d.device_id = v_found.device_id END;
		PERFORM set_config('fota.tenant', v_before, true);
		v_status := CASE WHEN device_id IS NULL THEN 'unknown' ELSE 'ok' END;
	END IF;
	status := v_status;
	IF v_status = 'ok' THEN
		tenant_id := v_tenant.tenant_id;
		tenant := v_tenant.name;
		credential_id := coalesce(v_own.credential_id, v_found.credential_id);
		secret := v_found.secret;
		not_after := least(v_found.not_after, v_own.not_after);
	END IF;
	RETURN NEXT;
END
$$;

COMMENT ON FUNCTION fota_device.identify(text, text, bytea, bytea) IS
	'The device that a credential names: status, tenant, device, whether it is a gateway.';
