-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_rule_names: the release and model that a rule names must be there. Of a tenant that the
-- caller may not see row-level security speaks.

CREATE OR REPLACE FUNCTION fota.check_rule_names(tenant_id int, rule text, release text, model text)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	IF NOT EXISTS (SELECT FROM fota.tenant t WHERE t.tenant_id = $1) THEN
		RETURN;
	ELSIF $3 IS NOT NULL AND NOT EXISTS (SELECT FROM fota.release r
			WHERE r.tenant_id = $1 AND r.release = $3 COLLATE "C") THEN
		RAISE EXCEPTION 'rule "%": there is no release "%"', $2, $3
			USING ERRCODE = '23503', SCHEMA = 'fota', TABLE = 'rule', COLUMN = 'release', CONSTRAINT = 'rule_tenant_id_release_fkey',
				DETAIL = format('Tenant %s has no release of that name.', $1),
				HINT = 'SELECT release FROM fota.release lists them; fota.add_release makes one.';
	ELSIF $4 IS NOT NULL AND NOT EXISTS (SELECT FROM fota.model m
			WHERE m.tenant_id = $1 AND m.model = $4 COLLATE "C") THEN
		RAISE EXCEPTION 'rule "%": there is no model "%"', $2, $4
			USING ERRCODE = '23503', SCHEMA = 'fota', TABLE = 'rule', COLUMN = 'model', CONSTRAINT = 'rule_tenant_id_model_fkey',
				DETAIL = format('Tenant %s has no model of that name.', $1),
				HINT = 'SELECT model FROM fota.model lists them; NULL means any model.';
	END IF;
END
$$;

COMMENT ON FUNCTION fota.check_rule_names(int, text, text, text) IS
	'Raises when a rule names a release or model that there is not.';
