-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_approval: where the setting `approval` is on, a rule is started by one person after
-- another has approved it as it is now.

CREATE OR REPLACE FUNCTION fota.check_approval(rule fota.rule)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_others text;
BEGIN
	IF NOT coalesce(fota.get_setting(($1).tenant_id, 'approval')::boolean, false) OR EXISTS (
		SELECT FROM fota.rule_approval a
		WHERE a.tenant_id = ($1).tenant_id AND a.rule_id = ($1).rule_id AND a.login <> session_user
			AND a.digest = fota.rule_digest(($1).tenant_id, ($1).rule_id)) THEN
		RETURN;
	END IF;
	SELECT string_agg(DISTINCT a.login::text, ', ') INTO v_others FROM fota.rule_approval a
	WHERE a.tenant_id = ($1).tenant_id AND a.rule_id = ($1).rule_id;
	RAISE EXCEPTION 'rule "%" is not approved', ($1).name
		USING ERRCODE = '42501', DETAIL = CASE
			WHEN v_others IS NULL THEN 'Nobody has approved it.'
			WHEN v_others = session_user THEN 'Only the one who starts it has approved it.'
			ELSE format('It was approved by %s, and changed since.', v_others) END,
			HINT = CASE ($1).state WHEN 'draft' THEN format('Another login must SELECT fota.approve_rollout(%L) first.', ($1).name)
				ELSE 'What is in force stays as it was approved: stop it, and start another rule that has been approved.' END;
END
$$;

COMMENT ON FUNCTION fota.check_approval(fota.rule) IS 'Raises when a rule needs a second person''s approval and has none.';
