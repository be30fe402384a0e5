-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ddi_take_cancel: what a DDI client says about a cancellation that it was offered.
-- closed/success, or `canceled`, cancels; closed/failure and `rejected` refuse: the action
-- stays, superseded, and the client may finish it. All else is information.

CREATE OR REPLACE FUNCTION fota.ddi_take_cancel(tenant_id int, device_id bigint, action int,
	body jsonb, at timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_said record;
	v_action fota.action;
BEGIN
	SELECT s.* INTO v_said FROM fota.ddi_status($4) s;
	IF v_said.status <> 'ok' THEN
		RETURN v_said.status;
	END IF;
	PERFORM FROM fota.device d WHERE d.tenant_id = $1 AND d.device_id = $2 FOR NO KEY UPDATE;
	SELECT a.* INTO v_action FROM fota.action a
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3;
	IF NOT FOUND THEN
		RETURN 'not_found';
	ELSIF v_action.state = 'cancelled' THEN
		RETURN 'ok';
	ELSIF v_action.state <> 'superseded' OR v_action.cancel_refused THEN
		RETURN 'not_allowed';
	END IF;

	PERFORM fota.add_messages($1, $2, $3, v_said.texts, $5);
	IF v_said.execution = 'canceled' OR v_said.execution = 'closed' AND v_said.finished <> 'failure' THEN
		RETURN fota.take_report($1, $2, $3, NULL, 9, v_said.code,
			v_said.texts[cardinality(v_said.texts)], NULL, NULL, $5);
	END IF;
	UPDATE fota.action a
	SET seen_at = $5, cancel_refused = v_said.execution IN ('closed', 'rejected')
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3;
	RETURN 'ok';
END
$$;

COMMENT ON FUNCTION fota.ddi_take_cancel(int, bigint, int, jsonb, timestamptz) IS
	'Takes a DDI feedback about a cancellation; returns a status word.';
