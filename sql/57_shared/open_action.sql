-- SPDX-License-Identifier: PostgreSQL
--
-- fota.open_action: settles the device's open action, opens one when there is none and
-- something to do, and asks for the deltas that it could use. Idempotent. Returns the
-- number of the open action, or NULL.

CREATE OR REPLACE FUNCTION fota.open_action(tenant_id int, device_id bigint, protocol text,
	at timestamptz)
RETURNS int
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_native boolean := $3 IS DISTINCT FROM 'ddi';
	v_action int;
	v_poll int;
BEGIN
	PERFORM FROM fota.device d
	WHERE d.tenant_id = $1 AND d.device_id = $2
	FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;

	PERFORM fota.settle_action($1, $2, v_native, true, v_native, $4);
	SELECT a.action INTO v_action FROM fota.action a
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.state IN ('open', 'superseded');
	IF v_action IS NULL THEN
		v_action := fota.start_action($1, $2, $3, $4);
	END IF;

	-- In one order, so that two devices that ask for the same deltas cannot wait for each other.
	PERFORM fota.want_delta($1, w.source, w.target, $4)
	FROM (SELECT DISTINCT w.source, w.target FROM fota.wanted_deltas($1, $2, $4) w
		ORDER BY w.source, w.target) w;
	UPDATE fota.action_item i
	SET format = e.format, transfer_sha256 = e.sha256, transfer_bytes = e.bytes, base = e.base
	FROM (
		SELECT o.action, o.item, c.*
		FROM fota.action_item o,
			fota.choose_encoding($1, $2, o.component, o.payload_sha256, o.try > 0) c
		WHERE o.tenant_id = $1 AND o.device_id = $2 AND o.action = v_action
			AND o.state = 'offered' AND o.verb = 'install'
	) e
	WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = e.action AND i.item = e.item
		AND i.transfer_sha256 IS DISTINCT FROM e.sha256;
	v_poll := fota.next_poll($1, $2, true, (SELECT array_agg(i.rule_id) FROM fota.action_item i
		WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = v_action));
	UPDATE fota.action a
	SET seen_at = greatest(a.seen_at, $4), poll = v_poll,
		due_at = CASE WHEN v_poll < a.poll THEN least(a.due_at, $4 + make_interval(secs => v_poll)) ELSE a.due_at END
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = v_action;
	RETURN v_action;
END
$$;

COMMENT ON FUNCTION fota.open_action(int, bigint, text, timestamptz) IS
	'Settles, opens and refreshes the action of a device; the number of the open one, or NULL.';
