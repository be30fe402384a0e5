-- SPDX-License-Identifier: PostgreSQL
--
-- fota.judge_waits: a component that nothing blocks: until when it must wait, and what it is
-- then to do.

CREATE OR REPLACE FUNCTION fota.judge_waits(device fota.device_case, facts fota.component_case)
RETURNS fota.component_case
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_c fota.component_case := $2;
	v_at timestamptz := ($1).at;
	v_window record;
	v_has text := CASE WHEN v_c.present IS FALSE THEN 'absent' WHEN v_c.is_unknown THEN 'contents unknown'
		ELSE 'has ' || v_c.reported END;
BEGIN
	v_c.postponed := CASE WHEN ($1).postponed_until > v_at THEN ($1).postponed_until END;
	v_c.backoff := CASE WHEN v_c.backoff > v_at THEN v_c.backoff END;
	IF v_c.wait_for_delta AND v_c.base <> v_c.payload AND EXISTS (
		SELECT FROM jsonb_array_elements(CASE jsonb_typeof(($1).accept -> 'formats') WHEN 'array'
			THEN ($1).accept -> 'formats' ELSE '[]' END) f
		WHERE f -> 0 = '1') THEN
		SELECT coalesce(x.requested_at, v_at) + fota.get_setting(($1).tenant_id, 'delta_wait')::interval
		INTO v_c.delta_until
		FROM (SELECT) one
		LEFT JOIN fota.delta x ON x.tenant_id = ($1).tenant_id AND x.source = v_c.base
			AND x.target = v_c.payload AND x.format = '{1}'
		WHERE coalesce(x.state, 'wanted') = 'wanted';
		v_c.delta_until := CASE WHEN v_c.delta_until > v_at THEN v_c.delta_until END;
	END IF;
	IF (v_c.mode <> 'download_only' OR v_c.download_in_window) AND EXISTS (
		SELECT FROM fota.rule_window w WHERE w.tenant_id = ($1).tenant_id AND w.rule_id = v_c.rule_id) THEN
		SELECT w.* INTO v_window
		FROM fota.window_edges(($1).tenant_id, v_c.rule_id, ($1).time_zone, v_at) w;
		v_c.opens_at := v_window.opens_at;
		v_c.closes_at := v_window.closes_at;
	END IF;

	RETURN fota.say_verdict(v_c, CASE
		WHEN v_c.postponed IS NOT NULL THEN ARRAY['wait', 'postponed', 'the device postponed it']
		WHEN v_c.backoff IS NOT NULL
			THEN ARRAY['wait', 'backoff', format('failed %s of %s times', v_c.failures, v_c.max_attempts)]
		WHEN v_c.download_in_window AND v_c.opens_at IS NOT NULL
			THEN ARRAY['wait', 'window', 'outside its windows']
		WHEN v_c.delta_until IS NOT NULL
			THEN ARRAY['wait', 'delta', format('a delta from %s is being made', v_c.reported)]
		WHEN v_c.target IS NULL THEN ARRAY['remove', NULL, 'the rule says that it must be absent']
		WHEN v_c.offered <> v_c.target
			THEN ARRAY['install', 'hop', format('%s, on the way to %s', v_has, v_c.target)]
		WHEN v_c.cmp = 0
			THEN ARRAY['install', 'rebuild', format('the reported digest is of no build of version %s', v_c.target)]
		WHEN v_c.cmp > 0 THEN ARRAY['install', 'downgrade', v_has]
		ELSE ARRAY['install', NULL, v_has] END);
END
$$;

COMMENT ON FUNCTION fota.judge_waits(fota.device_case, fota.component_case) IS
	'Until when a component must wait that nothing blocks, and what it is then to do.';
