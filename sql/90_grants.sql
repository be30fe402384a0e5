-- SPDX-License-Identifier: PostgreSQL
--
-- Who may do what. Row-level security on every table, by one policy function; it binds
-- everyone but the owner. Front-ends and the worker may call the functions of their schema
-- and nothing else; those functions belong to fota_definer, who sees the tenant that they
-- set. Operators work on tables of their tenants; what only functions write they may read,
-- and the functions that they call write it under their own policies.

DO $$
DECLARE
	v_name text;
	v_rule text;
	-- The test of fota.may_see once for all rows of a statement: a load of many spent more than half of its time in that.
	v_member CONSTANT text := 'tenant_id IN (SELECT m.tenant_id FROM fota.member m WHERE pg_catalog.pg_has_role(current_user, '
		'pg_catalog.to_regrole(pg_catalog.quote_ident(m.role)), ''MEMBER''))';
BEGIN
	FOR v_name IN
		SELECT c.relname FROM pg_catalog.pg_class c
		WHERE c.relnamespace = 'fota'::pg_catalog.regnamespace AND c.relkind IN ('r', 'p')
		ORDER BY c.relname
	LOOP
		v_rule := CASE v_name
			WHEN 'member' THEN 'pg_catalog.pg_has_role(current_user, '
				'pg_catalog.to_regrole(pg_catalog.quote_ident(role)), ''MEMBER'')'
			WHEN 'tenant' THEN 'current_user = ''fota_definer'' OR fota.may_see(tenant_id)'
			WHEN 'credential' THEN 'current_user = ''fota_definer'' OR fota.may_see(tenant_id)'
			WHEN 'loading_rule' THEN v_member
			WHEN 'loading_device' THEN v_member
			-- For device functions the test of fota.may_see, without a call for every row.
			ELSE 'current_user = ''fota_definer'' AND tenant_id::text = current_setting(''fota.tenant'', true) '
				'OR fota.may_see(tenant_id)' END;
		EXECUTE format('ALTER TABLE fota.%I ENABLE ROW LEVEL SECURITY', v_name);
		EXECUTE format('DROP POLICY IF EXISTS tenant ON fota.%I', v_name);
		EXECUTE format('CREATE POLICY tenant ON fota.%I USING (%s)', v_name, v_rule)
			|| CASE v_name WHEN 'rule' THEN format(' WITH CHECK (%s)', replace(v_rule, 'fota.may_see(tenant_id)', v_member)) ELSE '' END;
		EXECUTE format('COMMENT ON POLICY tenant ON fota.%I IS %L', v_name, 'Rows of the tenants that the role may see.');
		EXECUTE format('REVOKE ALL ON fota.%I FROM PUBLIC', v_name);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON fota.%I TO fota_definer', v_name);
		EXECUTE format('GRANT SELECT ON fota.%I TO fota_operator, fota_auditor', v_name);
		IF v_name <> ALL ('{tenant,member,epoch,change,row_version,audit,device_change,report,device_history,history_edge}'::text[])
			AND v_name !~ '^(report|device_history)_' THEN
			EXECUTE format('GRANT INSERT, UPDATE, DELETE ON fota.%I TO fota_operator', v_name);
		END IF;
	END LOOP;
	FOR v_name IN
		SELECT c.relname FROM pg_catalog.pg_class c
		WHERE c.relnamespace = 'fota'::pg_catalog.regnamespace AND c.relkind = 'S'
	LOOP
		EXECUTE format('GRANT USAGE ON SEQUENCE fota.%I TO fota_definer, fota_operator', v_name);
	END LOOP;
	FOR v_name IN
		SELECT c.relname FROM pg_catalog.pg_class c
		WHERE c.relnamespace = 'fota'::pg_catalog.regnamespace AND c.relkind = 'v'
	LOOP
		EXECUTE format('GRANT INSERT ON fota.%I TO fota_operator', v_name);
	END LOOP;
	FOR v_name IN
		SELECT c.relname FROM pg_catalog.pg_class c
		WHERE c.relnamespace = 'fota_report'::pg_catalog.regnamespace AND c.relkind = 'v'
	LOOP
		EXECUTE format('GRANT SELECT ON fota_report.%I TO fota_operator, fota_auditor', v_name);
	END LOOP;
END
$$;

-- What holds for every tenant is read by all and written by the owner only.
DROP POLICY IF EXISTS everyone ON fota.setting;
CREATE POLICY everyone ON fota.setting FOR SELECT USING (tenant_id = 0);
COMMENT ON POLICY everyone ON fota.setting IS 'Server-wide settings are read by all.';
DROP POLICY IF EXISTS everyone ON fota.client_class;
CREATE POLICY everyone ON fota.client_class FOR SELECT USING (tenant_id = 0);
COMMENT ON POLICY everyone ON fota.client_class IS 'Server-wide client classes are read by all.';

GRANT USAGE ON SCHEMA fota, fota_past TO fota_definer, fota_operator, fota_auditor;
GRANT USAGE ON SCHEMA fota_report TO fota_operator, fota_auditor;
GRANT USAGE, CREATE ON SCHEMA fota_device, fota_worker TO fota_definer;
GRANT USAGE ON SCHEMA fota_device TO fota_frontend;
GRANT USAGE ON SCHEMA fota_worker TO fota_worker;

-- Triggers are ours to make: of a table of his own an operator could make one whose function writes, and casts his
-- columns, as the owner. (Ours fire for everybody.)
DO $$
DECLARE
	v_function text;
BEGIN
	FOR v_function IN
		SELECT p.oid::pg_catalog.regprocedure::text
		FROM pg_catalog.pg_proc p
		WHERE p.pronamespace = 'fota'::pg_catalog.regnamespace AND p.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype
		ORDER BY 1
	LOOP
		EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
	END LOOP;
END
$$;

-- Functions that devices or the worker reach belong to fota_definer and to nobody else's call.
DO $$
DECLARE
	v_function record;
BEGIN
	FOR v_function IN
		SELECT p.oid::pg_catalog.regprocedure::text AS signature, n.nspname AS schema
		FROM pg_catalog.pg_proc p
		JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
		WHERE n.nspname IN ('fota_device', 'fota_worker')
		ORDER BY 1
	LOOP
		EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function.signature);
		EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', v_function.signature,
			CASE v_function.schema WHEN 'fota_device' THEN 'fota_frontend' ELSE 'fota_worker' END);
		EXECUTE format('ALTER FUNCTION %s OWNER TO fota_definer', v_function.signature);
	END LOOP;
END
$$;
ALTER SCHEMA fota_device OWNER TO fota_definer;
ALTER SCHEMA fota_worker OWNER TO fota_definer;
