-- SPDX-License-Identifier: PostgreSQL
--
-- fota.may_see: the one policy function of row-level security. True for the tenants that
-- fota.member lists for a role that current_user is a member of, and, for the owner of the
-- device functions, for the tenant that such a function has set. Never falls back.

CREATE OR REPLACE FUNCTION fota.may_see(tenant_id int)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	IF current_user = 'fota_definer' THEN
		RETURN $1::text = current_setting('fota.tenant', true);
	END IF;
	RETURN EXISTS (
		SELECT FROM fota.member m
		WHERE m.tenant_id = $1 AND pg_has_role(current_user, m.role, 'MEMBER'));
END
$$;

COMMENT ON FUNCTION fota.may_see(int) IS 'True when the caller may see rows of the tenant.';
