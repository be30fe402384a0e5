-- SPDX-License-Identifier: PostgreSQL
--
-- fota.add_ca: a CA whose certificates name devices of the tenant. pem: one certificate;
-- text around it is skipped. The same one again gives the same number.

CREATE OR REPLACE FUNCTION fota.add_ca(name text, pem text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_count int := (SELECT count(*) FROM regexp_matches($2, '-----BEGIN CERTIFICATE-----', 'g'));
	v_der bytea;
	v_there fota.credential;
	v_id bigint;
BEGIN
	IF $2 ~ '-----BEGIN [A-Z ]*PRIVATE KEY-----' THEN
		RAISE EXCEPTION 'the text has a private key in it'
			USING ERRCODE = '22023', DETAIL = 'It now may be in a log of PostgreSQL.',
				HINT = 'Give the certificate only, and consider the key as known to others.';
	ELSIF v_count IS DISTINCT FROM 1 THEN
		RAISE EXCEPTION 'the text has % certificates in PEM form', coalesce(v_count, 0)
			USING ERRCODE = '22023', DETAIL = 'Expected one: -----BEGIN CERTIFICATE----- .. -----END CERTIFICATE-----.';
	END IF;
	BEGIN
		v_der := decode(substring($2 FROM '-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----'), 'base64');
	EXCEPTION WHEN data_exception THEN
		v_der := NULL;
	END;
	-- In DER it is one sequence: 30 81 and a byte of length, or 30 82 and two.
	IF (CASE WHEN coalesce(length(v_der), 0) NOT BETWEEN 100 AND 65536 OR get_byte(v_der, 0) <> 48 THEN NULL
		WHEN get_byte(v_der, 1) = 129 THEN 3 + get_byte(v_der, 2)
		WHEN get_byte(v_der, 1) = 130 THEN 4 + get_byte(v_der, 2) * 256 + get_byte(v_der, 3)
		END) IS DISTINCT FROM coalesce(length(v_der), 0) THEN
		RAISE EXCEPTION 'the certificate is damaged'
			USING ERRCODE = '22023', DETAIL = 'Between BEGIN and END is no base64 of a whole certificate.',
				HINT = 'Take it again from the file; openssl x509 -in FILE -text shows what it is.';
	END IF;
	SELECT c.* INTO v_there FROM fota.credential c
	WHERE c.tenant_id = v_tenant AND c.kind = 'ca' AND c.fingerprint = sha256(v_der);
	IF v_there.revoked_at IS NOT NULL THEN
		RAISE EXCEPTION 'this CA was revoked'
			USING ERRCODE = '55000', DETAIL = format('On %s; it is credential %s.', v_there.revoked_at, v_there.credential_id),
				HINT = 'A CA that is no longer trusted needs a new key; DELETE FROM fota.credential forgets the revocation.';
	ELSIF FOUND THEN
		RETURN v_there.credential_id;
	END IF;
	INSERT INTO fota.credential (tenant_id, kind, identity, fingerprint, der)
	VALUES (v_tenant, 'ca', $1, sha256(v_der), v_der)
	RETURNING credential_id INTO v_id;
	RETURN v_id;
END
$$;

COMMENT ON FUNCTION fota.add_ca(text, text) IS 'Adds a CA (one certificate in PEM form) whose certificates name devices.';
