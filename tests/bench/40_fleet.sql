-- SPDX-License-Identifier: PostgreSQL
--
-- A generated tenant for 40_rules.sh. Variables: tenant, rules, models, devices. Each model has components app and
-- sounds in three versions, and rules of every kind of scope, one of four without a model; all are active. The triggers
-- are off, so that it takes seconds. Run as superuser.

SET session_replication_role = replica;
INSERT INTO fota.tenant (tenant_id, name) VALUES (:tenant, 'bench' || :tenant);
INSERT INTO fota.epoch (tenant_id, epoch) VALUES (:tenant, 1);
INSERT INTO fota.model (tenant_id, model) SELECT :tenant, '*' UNION ALL SELECT :tenant, 'm' || n FROM generate_series(1, :models) n;
INSERT INTO fota.component (tenant_id, model, component) SELECT :tenant, m.model, c
FROM fota.model m, unnest('{app,sounds}'::text[]) c WHERE m.tenant_id = :tenant;
INSERT INTO fota.image (tenant_id, model, component, version, payload_sha256)
SELECT :tenant, c.model, c.component, v, sha256(convert_to(concat_ws(' ', c.model, c.component, v), 'UTF8'))
FROM fota.component c, unnest('{1.0.0,1.1.0,2.0.0}'::text[]) v WHERE c.tenant_id = :tenant;
-- Releases of a model, and of all of them: even ones name app only.
INSERT INTO fota.release (tenant_id, release) SELECT :tenant, 'r' || n FROM generate_series(1, 2 * :models + 20) n;
INSERT INTO fota.release_item (tenant_id, release, model, component, version)
SELECT :tenant, 'r' || n, CASE WHEN n > 2 * :models THEN '*' ELSE 'm' || 1 + n % :models END, c,
	CASE n % 3 WHEN 0 THEN '1.1.0' ELSE '2.0.0' END
FROM generate_series(1, 2 * :models + 20) n, unnest('{app,sounds}'::text[]) c WHERE n % 2 = 1 OR c = 'app';
INSERT INTO fota.rule (tenant_id, rule_id, name, release, model, years, batch, serial_from, serial_to, priority, state, seed)
SELECT :tenant, n + :tenant * 1000000::bigint, 'rule' || n, 'r' || CASE WHEN global THEN 2 * :models + 1 + n % 20 ELSE 1 + (n / 4) % :models
		+ CASE WHEN n % 8 < 4 THEN 0 ELSE :models END END,
	CASE WHEN NOT global THEN 'm' || 1 + (1 + (n / 4) % :models) % :models END,
	CASE WHEN kind IN (0, 3) THEN int4range(2015 + n % 10, 2017 + n % 10) END, CASE WHEN kind IN (1, 3) THEN 'B' || n % 500 END,
	CASE kind WHEN 2 THEN 'S' || n * 10 WHEN 4 THEN 'S' || n * 7 END, CASE kind WHEN 2 THEN 'S' || n * 10 + 500 WHEN 4 THEN 'S' || n * 7 END,
	n, 'active', md5(n::text)
FROM (SELECT n, n % 4 = 0 AS global, CASE WHEN n % 4 = 0 THEN n / 4 % 4 + 1 ELSE n / 5 % 6 END AS kind
	FROM generate_series(1, :rules) n) x;
UPDATE fota.rule SET serial_from_key = fota.serial_key(serial_from), serial_to_key = fota.serial_key(serial_to) WHERE tenant_id = :tenant;
INSERT INTO fota.device (tenant_id, device_id, model, serial, serial_key, name, year, batch)
SELECT :tenant, n, 'm' || 1 + n % :models, s, fota.serial_key(s), s, 2015 + n % 12, 'B' || n % 500
FROM (SELECT n, 'S' || n AS s FROM generate_series(1, :devices) n) x;
INSERT INTO fota.device_contents (tenant_id, device_id, component, present, version, digest)
SELECT :tenant, d.device_id, i.component, true, i.version, i.payload_sha256
FROM fota.device d JOIN fota.image i ON i.tenant_id = :tenant AND i.model = d.model
	AND i.version = CASE d.device_id % 10 WHEN 0 THEN '1.0.0' WHEN 1 THEN '1.1.0' ELSE '2.0.0' END
WHERE d.tenant_id = :tenant;
INSERT INTO fota.device_report_state (tenant_id, device_id, accept)
SELECT :tenant, device_id, '{"formats": [[0], [1]]}' FROM fota.device WHERE tenant_id = :tenant;
-- Epoch 1: the versions of the catalogue, as the triggers would have written them.
INSERT INTO fota.change (tenant_id, epoch, at) VALUES (:tenant, 1, '2020-01-01') RETURNING change_no \gset
INSERT INTO fota.row_version (tenant_id, relation, key, change_no, document)
SELECT :tenant, r.relation, fota.row_key(r.document, r.key), :change_no, r.document
FROM (
	SELECT 'model' AS relation, '{model}'::text[] AS key, to_jsonb(x) AS document FROM fota.model x WHERE tenant_id = :tenant
	UNION ALL SELECT 'component', '{model,component}', to_jsonb(x) FROM fota.component x WHERE tenant_id = :tenant
	UNION ALL SELECT 'image', '{model,component,version,build}', to_jsonb(x) FROM fota.image x WHERE tenant_id = :tenant
	UNION ALL SELECT 'release_item', '{release,model,component}', to_jsonb(x) FROM fota.release_item x WHERE tenant_id = :tenant
	UNION ALL SELECT 'rule', '{rule_id}', to_jsonb(x) FROM fota.rule x WHERE tenant_id = :tenant
	UNION ALL SELECT 'setting', '{name}', to_jsonb(x) FROM fota.setting x WHERE tenant_id = 0
) r;
