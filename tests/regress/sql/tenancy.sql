-- A tenant is a row-level-security policy: whoever is no owner sees the tenants that
-- fota.member lists for a role of his, and no others.

-- Two tenants with a model of the same name; op is an operator of DEFAULT, op_acme of acme.
INSERT INTO fota.tenant (name) VALUES ('acme') RETURNING tenant_id, name;
CREATE ROLE op_acme LOGIN IN ROLE fota_operator;
CREATE ROLE op_both LOGIN IN ROLE fota_operator;
CREATE ROLE nobody LOGIN IN ROLE fota_operator;
INSERT INTO fota.member (role, tenant_id) VALUES ('op_acme', 2), ('op_both', 1), ('op_both', 2);
INSERT INTO fota.model (tenant_id, model) VALUES (1, 'lamp'), (2, 'lamp'), (2, 'secret');
INSERT INTO fota.device (tenant_id, model, serial) VALUES (1, 'lamp', 'D1'), (2, 'lamp', 'A1');

-- Names of tenants are unique without regard to case.
INSERT INTO fota.tenant (name) VALUES ('ACME');

-- Each operator sees his own, also where both tenants have a row of that key.
\connect - op
SELECT tenant_id, model FROM fota.model ORDER BY 1, 2;
SELECT tenant_id, name FROM fota.tenant;
SELECT tenant_id, name FROM fota.device;
SELECT role, tenant_id FROM fota.member;
\connect - op_acme
SELECT tenant_id, model FROM fota.model ORDER BY 1, 2;

-- A row that names no tenant is of the only tenant of the role.
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'A2') RETURNING tenant_id;

-- An insert into a tenant of others is refused in the same words, whether the key exists there
-- ("lamp") or not ("nothing"): nothing is learnt of the other tenant.
INSERT INTO fota.model (tenant_id, model) VALUES (1, 'lamp');
INSERT INTO fota.model (tenant_id, model) VALUES (1, 'nothing');
INSERT INTO fota.model (tenant_id, model) VALUES (77, 'lamp');
INSERT INTO fota.device (tenant_id, model, serial) VALUES (1, 'lamp', 'D1');
UPDATE fota.device SET tenant_id = 1 WHERE serial = 'A1';
UPDATE fota.device SET batch = 'B' WHERE serial = 'D1' RETURNING name;
DELETE FROM fota.model WHERE tenant_id = 1 RETURNING model;

-- The setting fota.tenant chooses the default for new rows. It opens nothing.
SET fota.tenant = '1';
SELECT count(*) FROM fota.device WHERE tenant_id = 1;
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'A3');
SET fota.tenant = 'x';
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'A3');
RESET fota.tenant;

-- The resolver asks under the policies of its caller.
SELECT component, verdict, reason FROM fota.resolve(2, (SELECT device_id FROM fota.device WHERE serial = 'A1'), now());
SELECT component, verdict, reason FROM fota.resolve(1, 1, now());
SELECT component, verdict, reason FROM fota.resolve_many(1, '{1}', now());
SELECT component, verdict, reason FROM fota.resolve_many(77, '{1}', now());
SELECT component, verdict, reason FROM fota.resolve_many(NULL, '{1}', now());

-- So do the steps that the device functions are made of, when an operator calls them.
SELECT fota.store_inventory(1, 1, '{"app": {"version": "6.6.6"}}', NULL, NULL, NULL, NULL, 'native', now());
SELECT fota.open_action(1, 1, 'https', now());
SELECT fota.take_report(1, 1, 1, 1, 4, NULL, NULL, NULL, NULL, now());

-- Who belongs to two tenants must say which; who belongs to none sees nothing.
\connect - op_both
SELECT tenant_id, name FROM fota.device ORDER BY 1, 2;
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'X');
SET fota.tenant = '1';
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'X') RETURNING tenant_id;
\connect - nobody
SELECT count(*) FROM fota.device;
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'X');
INSERT INTO fota.member (role, tenant_id) VALUES ('nobody', 1);
INSERT INTO fota.tenant (name) VALUES ('mine');

-- Functions and operators of the caller's own, in a schema of the caller's own that is searched first, do
-- not take the place of what the policies call.
\connect - fota_dba
GRANT CREATE ON DATABASE :"DBNAME" TO op_acme;
\connect - op_acme
CREATE SCHEMA mine;
CREATE FUNCTION mine.pg_has_role(name, oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION mine.yes(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION mine.yes(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION mine.yes(name, name) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR mine.= (LEFTARG = int, RIGHTARG = int, FUNCTION = mine.yes);
CREATE OPERATOR mine.= (LEFTARG = text, RIGHTARG = text, FUNCTION = mine.yes);
CREATE OPERATOR mine.= (LEFTARG = name, RIGHTARG = name, FUNCTION = mine.yes);
SET search_path = mine, pg_catalog;
SET fota.tenant = '1';
SELECT DISTINCT tenant_id FROM fota.device;
SELECT role, tenant_id FROM fota.member;

-- What reads a row before its policy has hidden it learns nothing either.
\connect - op_acme
CREATE FUNCTION pg_temp.tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
BEGIN
	RAISE NOTICE 'device %', $1;
	RETURN true;
END
$$;
SELECT count(*) FROM fota.device WHERE pg_temp.tell(name);

-- A front-end reads no table, whatever it sets, and reaches nothing but the functions of
-- fota_device.
\connect - fe
SET fota.tenant = '1';
SELECT count(*) FROM fota.device;
SELECT fota.current_tenant();
SELECT * FROM fota_worker.claim('w', '1 min');
SELECT status, write, action FROM fota_device.check_in(1, 1, NULL, 'https', NULL);
-- It names the tenant, and the setting that it made for itself changes nothing ..
SELECT status, write, action FROM fota_device.check_in(2, 2, NULL, 'https', NULL);
-- .. and is as it was afterwards.
SHOW fota.tenant;
SELECT status FROM fota_device.check_in(77, 1, NULL, 'https', NULL);
SELECT status FROM fota_device.check_in(NULL, NULL, NULL, NULL, NULL);

-- The worker likewise.
\connect - wk
SELECT count(*) FROM fota.job;
SELECT status FROM fota_device.check_in(1, 1, NULL, 'https', NULL);
SELECT status FROM fota_worker.claim('w', '1 min');

-- A role that is gone from the cluster, as after a restore elsewhere, opens and breaks nothing.
\connect - fota_dba
INSERT INTO fota.member (role, tenant_id) VALUES ('long_gone', 1);
INSERT INTO fota.device (model, serial) VALUES ('lamp', 'D9') RETURNING tenant_id;
\connect - op
SELECT tenant_id, name FROM fota.device ORDER BY 1, 2;
SELECT role, tenant_id FROM fota.member;
\connect - fota_dba
REVOKE CREATE ON DATABASE :"DBNAME" FROM op_acme;
