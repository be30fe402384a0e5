-- SPDX-License-Identifier: PostgreSQL
--
-- fota.put_off: defers an action until the longest time that its device asked for, and postpones as often as its
-- user did, in the order of the instants: the last one stands, in whatever order they came.

CREATE OR REPLACE FUNCTION fota.put_off(action fota.action)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_said record;
	v_until timestamptz;
BEGIN
	FOR v_said IN
		SELECT i.rule_id, p.state, p.seconds, p.at
		FROM fota.report p
		JOIN fota.action_item i ON i.tenant_id = p.tenant_id AND i.device_id = p.device_id AND i.action = p.action
			AND i.item = p.item
		WHERE p.tenant_id = ($1).tenant_id AND p.opened_at = ($1).opened_at AND p.device_id = ($1).device_id
			AND p.action = ($1).action AND p.state IN (6, 7)
		ORDER BY p.at, p.seconds, p.item
	LOOP
		IF v_said.state = 7 THEN
			PERFORM fota.postpone(($1).tenant_id, ($1).device_id, v_said.rule_id, v_said.seconds, v_said.at);
		ELSE
			v_until := greatest(v_until, v_said.at + make_interval(secs => least(v_said.seconds, 2592000)));
		END IF;
	END LOOP;
	UPDATE fota.action a SET deferred_until = v_until
	WHERE a.tenant_id = ($1).tenant_id AND a.device_id = ($1).device_id AND a.action = ($1).action
		AND a.deferred_until IS DISTINCT FROM v_until;
END
$$;

COMMENT ON FUNCTION fota.put_off(fota.action) IS
	'Defers an action and postpones updates as its device and its user asked, in the order of the instants.';
