-- By what a device is known: certificates of the tenant's CAs, tokens, pre-shared keys. identify
-- answers one status word and raises for nothing; the front-end has checked the signature.

SELECT fota.add_model('lamp', '{app}');
INSERT INTO fota.tenant (name) VALUES ('acme');
INSERT INTO fota.model (tenant_id, model) VALUES (2, 'lamp');
INSERT INTO fota.device (tenant_id, model, serial) VALUES (1, 'lamp', 'L1'), (1, 'lamp', 'L2'), (2, 'lamp', 'L1');
UPDATE fota.device SET parent_id = 1 WHERE tenant_id = 1 AND serial = 'L2';

-- add_credential: what is needed depends on the kind.
SELECT fota.add_credential('L1', 'token', 'the shed', sha256('token of L1'), NULL, NULL) IS NOT NULL AS added;
SELECT fota.add_credential('L1', 'psk', '1.1.L1', NULL, decode(repeat('07', 44), 'hex'), NULL) IS NOT NULL AS added;
SELECT fota.add_credential('L2', 'token', NULL, sha256('token of L2'), NULL, '2001-01-01') IS NOT NULL AS added;
INSERT INTO fota.credential (kind, device_id, fingerprint, not_after) VALUES ('token', 2, sha256('token of L2'), '2001-01-01');
INSERT INTO fota.credential (kind, device_id, fingerprint, not_before) VALUES ('token', 2, sha256('next token of L2'), '2099-01-01');
SELECT fota.add_credential('L1', 'x509', NULL, sha256('certificate of L1'), NULL, NULL) IS NOT NULL AS added;
SELECT fota.add_credential('nobody', 'token', NULL, sha256('x'), NULL, NULL);
SELECT fota.add_credential('L1', 'password', NULL, sha256('x'), NULL, NULL);
SELECT fota.add_credential('L1', 'token', NULL, 'x', NULL, NULL);
SELECT fota.add_credential('L1', 'psk', '1.2.L1', NULL, NULL, NULL);
SELECT fota.add_credential('L1', 'psk', '1.2.L2', NULL, decode(repeat('07', 44), 'hex'), NULL);
SELECT fota.add_credential('L1', 'psk', '2.2.L1', NULL, decode(repeat('07', 44), 'hex'), NULL);
SELECT fota.add_credential('L1', 'psk', '1.1.L1', NULL, decode(repeat('07', 44), 'hex'), NULL);
SELECT fota.add_credential('L1', 'token', NULL, sha256('token of L1'), NULL, NULL);

-- add_ca takes PEM; one CA may be that of several tenants.
\set pem `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj '/CN=factory' -days 30 2>/dev/null`
SELECT fota.add_ca('factory', :'pem') IS NOT NULL AS added;
SELECT fota.add_ca('factory', 'no certificate');
SELECT fota.add_ca('factory', E'-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n');
SELECT kind, identity, der IS NOT NULL AS der, fingerprint = sha256(der) AS fingerprint FROM fota.credential WHERE kind = 'ca';
SELECT encode(fingerprint, 'hex') AS ca FROM fota.credential WHERE kind = 'ca'
\gset
INSERT INTO fota.credential (tenant_id, kind, identity, fingerprint, der) SELECT 2, 'ca', 'factory', fingerprint, der FROM fota.credential WHERE kind = 'ca';

\connect - fe
PREPARE who (text, text, bytea, bytea) AS
SELECT status, tenant_id, tenant, device_id, device, gateway, length(secret) AS secret, not_after FROM fota_device.identify($1, $2, $3, $4);
EXECUTE who ('token', NULL, sha256('token of L1'), NULL);
EXECUTE who ('token', 'DEFAULT/L1', sha256('token of L1'), NULL);
EXECUTE who ('token', 'default/L1', sha256('token of L1'), NULL);
EXECUTE who ('token', 'DEFAULT/L2', sha256('token of L1'), NULL);
EXECUTE who ('token', 'acme/L1', sha256('token of L1'), NULL);
EXECUTE who ('token', NULL, sha256('token of nobody'), NULL);
-- Over, and not yet.
EXECUTE who ('token', NULL, sha256('token of L2'), NULL);
EXECUTE who ('token', NULL, sha256('next token of L2'), NULL);
EXECUTE who ('psk', '1.1.L1', NULL, NULL);
EXECUTE who ('psk', '1.2.L1', NULL, NULL);
EXECUTE who ('psk', '1.1.L2', NULL, NULL);
EXECUTE who ('psk', '01.1.L1', NULL, NULL);
EXECUTE who ('psk', 'L1', NULL, NULL);
EXECUTE who ('psk', '99999999999999999999.1.L1', NULL, NULL);
EXECUTE who ('psk', NULL, NULL, NULL);
-- A certificate of a known CA is the device that it names; where several tenants have the CA, the
-- one that had it first.
EXECUTE who ('x509', 'L1', sha256('some certificate'), decode(:'ca', 'hex'));
EXECUTE who ('x509', 'L2', sha256('some certificate'), decode(:'ca', 'hex'));
EXECUTE who ('x509', 'L9', sha256('some certificate'), decode(:'ca', 'hex'));
EXECUTE who ('x509', 'L1', sha256('some certificate'), sha256('some other ca'));
EXECUTE who ('x509', 'L1', sha256('some certificate'), NULL);
EXECUTE who ('pigeon', 'L1', NULL, NULL);
EXECUTE who (NULL, NULL, NULL, NULL);
SELECT status, tenant_id, der IS NOT NULL AS der FROM fota_device.credential_load() ORDER BY 2;

-- Revoked: refused at once, by whatever it came.
\connect - fota_dba
SELECT fota.revoke_credential(credential_id, 'lost') FROM fota.credential WHERE kind IN ('token', 'x509', 'psk') AND device_id = 1 ORDER BY credential_id;
SELECT kind, revoked_at IS NOT NULL AS revoked, reason FROM fota.credential WHERE device_id = 1 ORDER BY credential_id;
SELECT fota.revoke_credential(999, 'lost');
\connect - fe
PREPARE who (text, text, bytea, bytea) AS
SELECT status, tenant_id, tenant, device_id, device, gateway, length(secret) AS secret, not_after FROM fota_device.identify($1, $2, $3, $4);
EXECUTE who ('token', NULL, sha256('token of L1'), NULL);
EXECUTE who ('psk', '1.1.L1', NULL, NULL);
EXECUTE who ('x509', 'L1', sha256('certificate of L1'), decode(:'ca', 'hex'));
EXECUTE who ('x509', 'L1', sha256('some certificate'), decode(:'ca', 'hex'));

-- A tenant that is suspended, and a CA that is revoked.
\connect - fota_dba
UPDATE fota.tenant SET suspended_at = now() WHERE tenant_id = 1;
\connect - fe
PREPARE who (text, text, bytea, bytea) AS
SELECT status, tenant_id, tenant, device_id, device, gateway, length(secret) AS secret, not_after FROM fota_device.identify($1, $2, $3, $4);
EXECUTE who ('x509', 'L2', sha256('some certificate'), decode(:'ca', 'hex'));
EXECUTE who ('token', NULL, sha256('token of L1'), NULL);
SELECT status, tenant_id, der IS NOT NULL AS der FROM fota_device.credential_load() ORDER BY 2;
\connect - fota_dba
UPDATE fota.tenant SET suspended_at = NULL WHERE tenant_id = 1;
SELECT fota.revoke_credential(credential_id) FROM fota.credential WHERE kind = 'ca' AND tenant_id = 1;
\connect - fe
SELECT status, tenant_id, device FROM fota_device.identify('x509', 'L2', sha256('some certificate'), decode(:'ca', 'hex'));
SELECT status, tenant_id, device FROM fota_device.identify('x509', 'L1', sha256('some certificate'), decode(:'ca', 'hex'));

-- Secrets: a credential of others cannot be seen, and no one but the owner of the functions reads them
-- across tenants.
\connect - op
SELECT tenant_id, kind FROM fota.credential ORDER BY credential_id;
