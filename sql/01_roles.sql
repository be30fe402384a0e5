-- SPDX-License-Identifier: PostgreSQL
--
-- The roles, which belong to the whole cluster and not to a database: run once per
-- cluster, before a dump is restored elsewhere. None of them can log in; logins are made
-- members (GRANT fota_frontend TO fe). Whoever runs this becomes a member of
-- fota_definer, so that it can hand functions over to it.

DO $$
DECLARE
	v_role text;
BEGIN
	FOREACH v_role IN ARRAY '{fota_definer,fota_frontend,fota_worker,fota_operator,fota_auditor}'::text[] LOOP
		IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = v_role) THEN
			EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
		END IF;
	END LOOP;
	IF NOT pg_catalog.pg_has_role(current_user, 'fota_definer', 'MEMBER') THEN
		EXECUTE format('GRANT fota_definer TO %I', current_user);
	END IF;
END
$$;
