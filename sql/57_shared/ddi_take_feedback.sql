-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ddi_take_feedback: what a DDI client says about its deployment. `closed` is the
-- only execution that ends something; success stands until it is confirmed by contact or
-- contradicted by configData, and may be followed by closed/failure until then. The
-- clock of the client is not believed. Returns a status word; `gone` = over.

CREATE OR REPLACE FUNCTION fota.ddi_take_feedback(tenant_id int, device_id bigint, action int,
	body jsonb, at timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_said record;
	v_open text;
	v_closed boolean;
	v_state int;
BEGIN
	SELECT s.* INTO v_said FROM fota.ddi_status($4) s;
	IF v_said.status <> 'ok' THEN
		RETURN v_said.status;
	END IF;
	PERFORM FROM fota.device d WHERE d.tenant_id = $1 AND d.device_id = $2 FOR NO KEY UPDATE;
	v_open := fota.ddi_open($1, $2, $3);
	IF v_open IS NULL THEN
		RETURN 'not_found';
	END IF;
	SELECT a.closed_at IS NOT NULL INTO v_closed FROM fota.action a
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3;
	IF v_closed OR v_open = 'done' AND v_said.execution <> 'closed' THEN
		RETURN 'gone';
	END IF;

	PERFORM fota.add_messages($1, $2, $3, v_said.texts, $5);
	v_state := fota.ddi_progress(v_said.execution, v_said.finished);
	IF v_state IS NULL THEN
		UPDATE fota.action a SET seen_at = $5
		WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3;
		RETURN 'ok';
	END IF;
	IF v_state = 5 THEN
		PERFORM fota.disclaim_contents($1, $2, $3, $5);
	END IF;
	PERFORM fota.take_report($1, $2, $3, NULL, v_state, v_said.code,
		v_said.texts[cardinality(v_said.texts)], NULL, NULL, $5);
	IF v_state = 4 THEN
		PERFORM fota.claim_contents($1, $2, $3, $5);
	END IF;
	RETURN 'ok';
END
$$;

COMMENT ON FUNCTION fota.ddi_take_feedback(int, bigint, int, jsonb, timestamptz) IS
	'Takes a DDI feedback about a deployment; returns a status word.';
