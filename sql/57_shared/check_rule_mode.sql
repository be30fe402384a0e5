-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_rule_mode: DDI clients are not asked for consent, nor told to download only.

CREATE OR REPLACE FUNCTION fota.check_rule_mode(rule fota.rule)
RETURNS void
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_model text;
BEGIN
	IF ($1).mode NOT IN ('confirm', 'download_only') THEN
		RETURN;
	END IF;
	SELECT m.model INTO v_model FROM fota.model m
	WHERE m.tenant_id = ($1).tenant_id AND m.client_class IS NOT NULL
		AND m.model = coalesce(($1).model, m.model)
	ORDER BY m.model
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'rule "%": mode % is not supported for model "%"', ($1).name, ($1).mode, v_model
			USING ERRCODE = '0A000', DETAIL = 'Its devices are DDI clients; model.client_class says so.',
				HINT = 'Use mode forced or soft, or give the rule a model of native devices.';
	END IF;
END
$$;

COMMENT ON FUNCTION fota.check_rule_mode(fota.rule) IS 'Raises when clients of a model that a rule covers cannot honour its mode.';
