-- SPDX-License-Identifier: PostgreSQL
--
-- fota.look: where a device stands, without writing: its open action, whether a contact
-- must write something (open, settle or refresh an action, ask for a delta), when to come
-- again and, when it has nothing to do, why. check_in and ddi_poll are made of it.

CREATE OR REPLACE FUNCTION fota.look(tenant_id int, device_id bigint, native boolean, at timestamptz)
RETURNS TABLE (write boolean, action int, state text, next int, epoch bigint,
	valid_until timestamptz, reason text)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_action fota.action;
	v_write boolean := false;
	v_busy boolean;
	v_rules bigint[];
	v_offers int;
BEGIN
	SELECT a.* INTO v_action FROM fota.action a
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.state IN ('open', 'superseded');

	SELECT max(r.epoch), min(r.valid_until), count(*) FILTER (WHERE r.verdict IN ('install', 'remove')),
		bool_or(r.verdict IN ('install', 'remove') OR r.reason = 'delta'),
		array_agg(r.rule_id) FILTER (WHERE r.rule_id IS NOT NULL),
		(array_agg(r.reason ORDER BY r.verdict DESC, r.component COLLATE "C")
			FILTER (WHERE r.verdict IN ('wait', 'blocked')))[1]
	INTO epoch, valid_until, v_offers, v_busy, v_rules, reason
	FROM fota.resolve($1, $2, $4) r;

	IF v_action.action IS NULL THEN
		v_write := v_offers > 0 OR v_busy AND EXISTS (
			SELECT FROM fota.wanted_deltas($1, $2, $4));
	ELSE
		SELECT coalesce(bool_or(f.fate IN ('confirm', 'revert', 'poll')
				OR f.fate = 'changed' AND v_action.state = 'open'), true)
		INTO v_write
		FROM fota.item_fate($1, $2, $3, $4) f;
		v_write := v_write
			OR v_action.state = 'superseded' AND $3 AND NOT EXISTS (
				SELECT FROM fota.action_item i
				WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = v_action.action
					AND i.state IN ('installing', 'installed'))
			OR v_action.state = 'open' AND EXISTS (
				SELECT FROM fota.action_item i,
					fota.choose_encoding($1, $2, i.component, i.payload_sha256, i.try > 0) e
				WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = v_action.action
					AND i.state = 'offered' AND i.verb = 'install'
					AND (e.wanted IS NOT NULL OR e.sha256 IS DISTINCT FROM i.transfer_sha256));
		action := v_action.action;
		state := v_action.state;
		v_busy := true;
	END IF;

	write := v_write;
	next := fota.next_poll($1, $2, v_busy, v_rules);
	RETURN NEXT;
END
$$;

COMMENT ON FUNCTION fota.look(int, bigint, boolean, timestamptz) IS
	'Where a device stands, without writing: open action, need to write, next contact, reason.';
