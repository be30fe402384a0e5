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
	v_first int;
	v_last int;
	v_owner boolean;
BEGIN
	IF v_set IS NOT NULL THEN
		IF v_set !~ '^[0-9]{1,9}$' THEN
			RAISE EXCEPTION 'setting fota.tenant is no tenant number: "%"', left(v_set, 40)
				USING ERRCODE = '22023', HINT = 'SET fota.tenant = ''1'' chooses tenant 1.';
		END IF;
		RETURN v_set::int;
	END IF;
	-- One query, since a load that names no tenant asks for every row.
	SELECT min(m.tenant_id), max(m.tenant_id), (
			SELECT pg_has_role(current_user, c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = 'fota.tenant'::regclass)
	INTO v_first, v_last, v_owner
	FROM fota.member m
	WHERE pg_has_role(current_user, to_regrole(quote_ident(m.role)), 'MEMBER');
	IF v_first = v_last THEN
		RETURN v_first;
	ELSIF v_owner THEN
		RETURN 1;
	END IF;
	RAISE EXCEPTION 'no tenant is chosen'
		USING ERRCODE = '42501',
			DETAIL = format('Role %s may see %s tenants.', current_user, (
				SELECT count(DISTINCT m.tenant_id) FROM fota.member m
				WHERE pg_has_role(current_user, to_regrole(quote_ident(m.role)), 'MEMBER'))),
			HINT = 'SET fota.tenant = ''n'', or ask the owner for a row in fota.member.';
END
$$;

COMMENT ON FUNCTION fota.current_tenant() IS
	'Tenant of a statement that names none: fota.tenant, the caller''s only one, or 1 for the owner.';
