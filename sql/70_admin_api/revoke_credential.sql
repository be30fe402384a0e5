-- SPDX-License-Identifier: PostgreSQL
--
-- fota.revoke_credential: refused from now on; within 5 s on connections that are open,
-- too. The row stays, so that the same token or certificate is never accepted again.

CREATE OR REPLACE FUNCTION fota.revoke_credential(credential_id bigint, reason text DEFAULT '')
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
BEGIN
	UPDATE fota.credential c
	SET revoked_at = coalesce(c.revoked_at, now()),
		reason = CASE WHEN c.revoked_at IS NULL THEN $2 ELSE c.reason END
	WHERE c.tenant_id = v_tenant AND c.credential_id = $1;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no credential %', coalesce($1::text, 'NULL')
			USING ERRCODE = 'P0002', DETAIL = format('Tenant %s has no credential of that number.', v_tenant),
				HINT = 'SELECT credential_id, kind, identity, device_id FROM fota.credential lists them.';
	END IF;
END
$$;

COMMENT ON FUNCTION fota.revoke_credential(bigint, text) IS 'Refuses a credential from now on.';
