-- SPDX-License-Identifier: PostgreSQL
--
-- fota.current_tenant: the tenant of a statement that names none: the setting fota.tenant,
-- else the only tenant of the caller's roles, else 1 for the owner of the tables.

CREATE OR REPLACE FUNCTION fota.current_tenant()
RETURNS int
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_set text := nullif(current_setting('fota.tenant', true), '');
	v_tenants int[];
BEGIN
	IF v_set IS NOT NULL THEN
		IF v_set !~ '^[0-9]{1,9}$' THEN
			RAISE EXCEPTION 'setting fota.tenant is no tenant number: "%"', left(v_set, 40)
				USING ERRCODE = '22023', HINT = 'SET fota.tenant = ''1'' chooses tenant 1.';
		END IF;
		RETURN v_set::int;
	END IF;
	SELECT array_agg(DISTINCT m.tenant_id) INTO v_tenants FROM fota.member m
	WHERE pg_has_role(current_user, to_regrole(quote_ident(m.role)), 'MEMBER');
	IF cardinality(v_tenants) = 1 THEN
		RETURN v_tenants[1];
	END IF;
	IF pg_has_role(current_user, (SELECT c.relowner FROM pg_class c
			WHERE c.oid = 'fota.tenant'::regclass), 'USAGE') THEN
		RETURN 1;
	END IF;
	RAISE EXCEPTION 'no tenant is chosen'
		USING ERRCODE = '42501',
			DETAIL = format('Role %s may see %s tenants.', current_user,
				coalesce(cardinality(v_tenants), 0)),
			HINT = 'SET fota.tenant = ''n'', or ask the owner for a row in fota.member.';
END
$$;

COMMENT ON FUNCTION fota.current_tenant() IS
	'Tenant of a statement that names none: fota.tenant, the caller''s only one, or 1 for the owner.';
