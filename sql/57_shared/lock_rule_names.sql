-- SPDX-License-Identifier: PostgreSQL
--
-- fota.lock_rule_names: the release and model that a rule names are there, and stay until the end of the
-- transaction; else it is said which is not. For triggers that run as the owner: others may add rules, but
-- not lock releases.

CREATE OR REPLACE FUNCTION fota.lock_rule_names(tenant_id int, rule text, release text, model text)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	PERFORM FROM fota.release r WHERE r.tenant_id = $1 AND r.release = $3 COLLATE "C" FOR KEY SHARE;
	IF FOUND OR $3 IS NULL THEN
		PERFORM FROM fota.model m WHERE m.tenant_id = $1 AND m.model = $4 COLLATE "C" FOR KEY SHARE;
		IF FOUND OR $4 IS NULL THEN
			RETURN;
		END IF;
	END IF;
	PERFORM fota.check_rule_names($1, $2, $3, $4);
	-- Only a tenant that there is not gets here, or a name that another transaction deleted and added again.
	RAISE EXCEPTION 'rule "%" of tenant % names a release or model that there is not', $2, $1
		USING ERRCODE = '23503', SCHEMA = 'fota', TABLE = 'rule', COLUMN = 'release', CONSTRAINT = 'rule_tenant_id_release_fkey',
			DETAIL = format('It names release "%s" and %s.', $3, coalesce('model "' || $4 || '"', 'no model')),
			HINT = 'SELECT tenant_id, release FROM fota.release lists what there is.';
END
$$;

COMMENT ON FUNCTION fota.lock_rule_names(int, text, text, text) IS
	'Locks the release and model that a rule names; raises when one is not there.';
