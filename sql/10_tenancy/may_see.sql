-- SPDX-License-Identifier: PostgreSQL
--
-- fota.may_see: the one policy function of row-level security. True for the tenants that
-- fota.member lists for a role that current_user is a member of, and, for the owner of the
-- device functions, for the tenant that such a function has set. Never falls back.
--
-- It runs for every row that is looked at, under the caller's own search_path: every name
-- and operator is qualified, so that a caller's own cannot take their place (a SET clause
-- would do the same at many times the cost). A role that is gone opens nothing.

CREATE OR REPLACE FUNCTION fota.may_see(tenant_id int)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	IF current_user OPERATOR(pg_catalog.=) 'fota_definer' THEN
		RETURN $1::pg_catalog.text OPERATOR(pg_catalog.=) pg_catalog.current_setting('fota.tenant', true);
	END IF;
	RETURN EXISTS (
		SELECT FROM fota.member m
		WHERE m.tenant_id OPERATOR(pg_catalog.=) $1 AND pg_catalog.pg_has_role(current_user,
			pg_catalog.to_regrole(pg_catalog.quote_ident(m.role::pg_catalog.text)), 'MEMBER'));
END
$$;

COMMENT ON FUNCTION fota.may_see(int) IS 'True when the caller may see rows of the tenant.';
