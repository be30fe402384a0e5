-- SPDX-License-Identifier: PostgreSQL
--
-- fota.find_credential: the row that speaks for what a device showed: of a certificate the
-- row of its CA. Across tenants, revoked ones included; NULL when there is none.

CREATE OR REPLACE FUNCTION fota.find_credential(kind text, identity text, fingerprint bytea,
	issuer bytea)
RETURNS fota.credential
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_found fota.credential;
BEGIN
	IF $1 = 'psk' AND $2 ~ '^[0-9]{1,9}\.[0-9]{1,9}\.[A-Za-z0-9._-]{1,40}$' THEN
		SELECT c.* INTO v_found FROM fota.credential c
		WHERE c.tenant_id = split_part($2, '.', 1)::int AND c.kind = 'psk'
			AND c.identity = $2 COLLATE "C";
	ELSIF $1 = 'token' THEN
		SELECT c.* INTO v_found FROM fota.credential c
		JOIN fota.tenant t ON t.tenant_id = c.tenant_id
		WHERE c.fingerprint = $3 AND c.kind = 'token'
			AND ($2 IS NULL OR lower(t.name) = lower(split_part($2, '/', 1)))
		ORDER BY c.created_at, c.tenant_id, c.credential_id
		LIMIT 1;
	ELSIF $1 = 'x509' THEN
		SELECT c.* INTO v_found FROM fota.credential c
		WHERE c.fingerprint = $4 AND c.kind = 'ca'
		ORDER BY c.created_at, c.tenant_id, c.credential_id
		LIMIT 1;
	END IF;
	RETURN v_found;
END
$$;

COMMENT ON FUNCTION fota.find_credential(text, text, bytea, bytea) IS
	'The row that speaks for what a device showed, across tenants; NULL when there is none.';
