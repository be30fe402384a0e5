-- SPDX-License-Identifier: PostgreSQL
--
-- A random past for a tenant of 220_fleet.sql whose instants lie around noon of 1 May 2025: seven epochs, versions of every
-- row of the catalogue, which was at times what another row is now, or not there; devices, contents and capabilities
-- likewise; actions that were opened and closed at those instants. Variables: seed, tenant. Run as superuser.

SET session_replication_role = replica;
SELECT setseed(:seed), set_config('past.tenant', :'tenant', false) \g /dev/null
CREATE FUNCTION pg_temp.pick(anyarray) RETURNS anyelement LANGUAGE sql VOLATILE AS
	'SELECT $1[1 + floor(random() * cardinality($1))::int]';
CREATE FUNCTION pg_temp.instant() RETURNS timestamptz LANGUAGE sql VOLATILE AS
	$$SELECT timestamptz '2025-05-01 12:00+00' + interval '5 min' * floor(random() * 40 - 20)$$;

INSERT INTO fota.change (tenant_id, change_no, epoch, at)
SELECT :tenant, :tenant * 1000 + 8 - n, n, CASE n WHEN 1 THEN timestamptz '2025-03-01' ELSE timestamptz '2025-05-01 10:30+00' + n * interval '25 min' END
FROM generate_series(1, 7) n;

DO $$
DECLARE
	v_tenant CONSTANT int := current_setting('past.tenant');
	v_table text;
	v_keys text[];
	v_rows jsonb[];
	v_row jsonb;
	v_key text;
	v_kept jsonb;
	v_other jsonb;
BEGIN
	FOREACH v_table IN ARRAY '{setting,client_class,model,component,image,image_digest,release_item,rule,rule_device,rule_window,rollout_state,rollout_stratum,delta}'::text[] LOOP
		SELECT array_agg(a.attname ORDER BY array_position(i.indkey::int2[], a.attnum)) INTO v_keys
		FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND a.attname <> 'tenant_id'
		WHERE i.indrelid = ('fota.' || v_table)::regclass AND i.indisprimary;
		EXECUTE format('SELECT array_agg(to_jsonb(t)) FROM fota.%I t WHERE tenant_id = %s%s', v_table, v_tenant,
			CASE WHEN v_table IN ('setting', 'client_class') THEN ' OR tenant_id = 0' ELSE '' END) INTO v_rows;
		FOREACH v_row IN ARRAY coalesce(v_rows, '{}') LOOP
			v_key := fota.row_key(v_row, v_keys);
			SELECT jsonb_object_agg(k, v_row -> k) INTO v_kept FROM unnest(v_keys || '{tenant_id,name,model,requires,floor}'::text[]) k WHERE v_row ? k;
			FOR n IN 1 .. 7 LOOP
				CONTINUE WHEN random() > CASE n WHEN 1 THEN 0.8 ELSE 0.2 END;
				v_other := pg_temp.pick(v_rows);
				-- Of rules the model changes, too.
				v_other := CASE WHEN v_table IN ('setting', 'delta') THEN v_row || jsonb_build_object(CASE v_table WHEN 'delta' THEN 'state' ELSE 'value' END,
						CASE WHEN v_table = 'delta' THEN pg_temp.pick('{wanted,ready,failed}'::text[]) ELSE v_row ->> 'value' END)
					WHEN random() < 0.4 THEN v_row
					WHEN v_table = 'rule' THEN v_other || jsonb_build_object('rule_id', v_row -> 'rule_id', 'name', v_row -> 'name')
					ELSE v_other || v_kept END;
				INSERT INTO fota.row_version (tenant_id, relation, key, change_no, document)
				VALUES (v_tenant, v_table, v_key, v_tenant * 1000 + 8 - n, CASE WHEN random() < 0.9 THEN v_other END);
			END LOOP;
		END LOOP;
	END LOOP;

	FOREACH v_table IN ARRAY '{device,device_contents,device_report_state}'::text[] LOOP
		EXECUTE format('SELECT array_agg(to_jsonb(t)) FROM fota.%I t WHERE tenant_id = %s', v_table, v_tenant) INTO v_rows;
		FOREACH v_row IN ARRAY v_rows LOOP
			SELECT jsonb_object_agg(k, v_row -> k) INTO v_kept FROM unnest('{tenant_id,device_id,component,name,serial,serial_key}'::text[]) k WHERE v_row ? k;
			INSERT INTO fota.device_history (tenant_id, at, device_id, relation, component, document)
			SELECT v_tenant, CASE n WHEN 0 THEN timestamptz '2025-03-01' ELSE pg_temp.instant() END, (v_row ->> 'device_id')::bigint, v_table, coalesce(v_row ->> 'component', ''),
				CASE WHEN random() < 0.9 OR v_table = 'device' THEN
					CASE WHEN random() < 0.4 THEN v_row ELSE pg_temp.pick(v_rows) || v_kept END END
			FROM generate_series(0, 3) n WHERE random() < CASE n WHEN 0 THEN 0.9 ELSE 0.4 END;
		END LOOP;
	END LOOP;
END
$$;

UPDATE fota.action SET epoch = pg_temp.pick('{1,2,3,3,4,7}'::int[]), opened_at = CASE WHEN random() < 0.3 THEN timestamptz '2025-03-01' ELSE pg_temp.instant() END,
	closed_at = CASE WHEN closed_at IS NOT NULL THEN pg_temp.instant() END
WHERE tenant_id = :tenant;
UPDATE fota.action_item SET closed_at = CASE WHEN state IN ('confirmed', 'failed', 'declined', 'cancelled') THEN pg_temp.instant() END,
	installed_at = CASE WHEN state IN ('installed', 'confirmed') AND random() < 0.8 THEN pg_temp.instant() END, forgiven = state = 'failed' AND random() < 0.5
WHERE tenant_id = :tenant;
INSERT INTO fota.row_version (tenant_id, relation, key, change_no, document)
SELECT :tenant, 'action_item', fota.row_key(to_jsonb(i), '{device_id,action,item}'), :tenant * 1000 + 1 + floor(random() * 7), to_jsonb(i)
FROM fota.action_item i WHERE tenant_id = :tenant AND forgiven;
ANALYZE fota.row_version, fota.device_history, fota.change;
