-- SPDX-License-Identifier: PostgreSQL
--
-- fota.add_credential: by what a device is known from now on.
--
--   token  fingerprint = SHA-256 of the token, which is not stored
--   x509   fingerprint = SHA-256 of one certificate (DER) of a CA of the tenant
--   psk    identity '<tenant_id>.<key no>.<device name>', secret = the wrapped key

CREATE OR REPLACE FUNCTION fota.add_credential(device text, kind text, identity text,
	fingerprint bytea, secret bytea, not_after timestamptz)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_device bigint := fota.find_device(v_tenant, $1);
	v_problem text;
	v_id bigint;
BEGIN
	v_problem := CASE
		WHEN $2 IS NULL OR $2 NOT IN ('token', 'x509', 'psk')
			THEN format('kind is %L; the kinds are token, x509 and psk (fota.add_ca adds a CA)', $2)
		WHEN $2 = 'psk' AND ($3 !~ format('^%s\.[0-9]{1,9}\.', v_tenant) OR length($3) > 64
			OR regexp_replace($3, '^[0-9]+\.[0-9]+\.', '') <> $1 OR $3 IS NULL)
			THEN format('identity is %L; expected %s.<key no>.%s', $3, v_tenant, $1)
		WHEN $2 = 'psk' AND coalesce(length($5), 0) NOT BETWEEN 29 AND 128
			THEN format('secret has %s bytes; a wrapped key has 12 + length + 16', coalesce(length($5), 0))
		WHEN $2 <> 'psk' AND length($4) IS DISTINCT FROM 32
			THEN format('fingerprint has %s bytes; a SHA-256 has 32', coalesce(length($4), 0))
		WHEN $2 <> 'psk' AND $5 IS NOT NULL
			THEN 'a secret is given; only a psk has one'
		WHEN $6 <= now() THEN format('not_after is %s, which is over', $6) END;
	IF v_problem IS NOT NULL THEN
		RAISE EXCEPTION 'credential of device "%": %', $1, v_problem USING ERRCODE = '22023';
	END IF;
	INSERT INTO fota.credential (tenant_id, kind, device_id, identity, fingerprint, secret, not_after)
	VALUES (v_tenant, $2, v_device, $3, CASE WHEN $2 <> 'psk' THEN $4 END, $5, $6)
	RETURNING credential_id INTO v_id;
	RETURN v_id;
EXCEPTION WHEN unique_violation THEN
	RAISE EXCEPTION 'credential of device "%": there is one like it', $1
		USING ERRCODE = '23505', DETAIL = CASE $2 WHEN 'psk' THEN format('Identity %s is taken.', $3)
			ELSE format('Fingerprint %s is taken.', encode($4, 'hex')) END,
			HINT = CASE $2 WHEN 'psk' THEN 'Take the next key number.'
				ELSE 'A revoked one stays refused: make a new token or certificate.' END;
END
$$;

COMMENT ON FUNCTION fota.add_credential(text, text, text, bytea, bytea, timestamptz) IS
	'Adds a token, certificate or pre-shared key of a device; its number.';
