-- SPDX-License-Identifier: PostgreSQL
--
-- fota.take_report: stores what a device says about an item, or about every item of an action (item NULL), and moves it.
-- state is that of the native protocol: 1 downloading 2 verified 3 installing 4 done 5 failed 6 deferred 7 postponed
-- 8 refused 9 cancelled. Returns a status word.
--
-- What reports bring about follows from the set of them and their instants, never from the order in which they arrive
-- or how often; 30_rollout/README.md has the rule. One that is later than everything that was said so far is the
-- last step and taken as such; for any other the item is judged anew from all that was said about it.

CREATE OR REPLACE FUNCTION fota.take_report(tenant_id int, device_id bigint, action int, item int,
	state int, code int, text text, seconds int, bytes bigint, at timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_words CONSTANT text[] := '{downloading,downloaded,installing,installed,failed,NULL,NULL,declined,cancelled}';
	v_action fota.action;
	v_item record;
	v_delta boolean;
	v_over boolean;
	v_wrong boolean;
	v_try int;
	v_again boolean := false;
BEGIN
	IF $5 IS NULL OR $5 NOT BETWEEN 1 AND 9 OR $3 IS NULL THEN
		RETURN 'malformed';
	END IF;
	PERFORM FROM fota.device d WHERE d.tenant_id = $1 AND d.device_id = $2 FOR NO KEY UPDATE;
	SELECT a.* INTO v_action FROM fota.action a
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3;
	IF v_action.action IS NULL OR $4 IS NOT NULL AND NOT EXISTS (
		SELECT FROM fota.action_item i WHERE i.tenant_id = $1 AND i.device_id = $2
			AND i.action = $3 AND i.item = $4) THEN
		RETURN 'not_found';
	END IF;

	FOR v_item IN SELECT i.*, coalesce(r.mode = 'download_only', false) AS download_only
		FROM fota.action_item i
		LEFT JOIN fota.rule r ON r.tenant_id = $1 AND r.rule_id = i.rule_id
		WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3
			AND ($4 IS NULL OR i.item = $4)
		ORDER BY i.item
	LOOP
		v_delta := coalesce(v_item.try > 0 OR v_item.format[1] > 0, false);
		v_wrong := v_delta AND $5 = 5 AND coalesce($6 IN (2, 3), false);
		v_over := v_item.state IN ('confirmed', 'failed', 'declined', 'cancelled')
			OR v_item.download_only AND v_item.state = 'downloaded';
		v_try := CASE WHEN $10 <= v_item.tried_at OR v_wrong AND v_item.state = 'offered' THEN 0 ELSE v_item.try END;
		CONTINUE WHEN NOT fota.keep_report(ROW($1, v_action.opened_at, $2, $3, v_item.item, v_try, $5, coalesce($6, 0),
				greatest(coalesce($8, 0), 0), left($7, 256), CASE WHEN $9 >= 0 THEN $9 END, $10, NULL)::fota.report,
			v_delta);
		IF v_over OR v_wrong OR $10 <= v_action.seen_at THEN
			v_again := fota.replay_item(v_action, v_item.item) OR v_again
				OR v_over AND ($5 = 5 OR v_item.download_only AND $5 IN (2, 3, 4));
		ELSIF $5 NOT IN (6, 7) THEN
			PERFORM fota.move_item($1, $2, $3, v_item.item,
				CASE WHEN v_item.download_only AND $5 IN (3, 4) THEN 'downloaded' ELSE v_words[$5] END, nullif($6, 0), NULL, $10);
		END IF;
	END LOOP;
	IF $5 IN (6, 7) THEN
		PERFORM fota.put_off(v_action);
	END IF;

	UPDATE fota.action a
	SET seen_at = greatest(a.seen_at, $10),
		due_at = CASE WHEN a.closed_at IS NOT NULL OR a.due_at <= $10 + make_interval(secs => a.poll) THEN a.due_at
			ELSE least(a.due_at, $10 + interval '1 hour', $10 + make_interval(secs => a.poll::float8 * fota.lost_after(a))) END
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3;
	IF v_again THEN
		PERFORM fota.close_again(v_action);
	ELSIF v_action.closed_at IS NULL THEN
		PERFORM fota.close_if_done($1, $2, $3, $10);
	END IF;
	RETURN 'ok';
END
$$;

COMMENT ON FUNCTION fota.take_report(int, bigint, int, int, int, int, text, int, bigint, timestamptz)
	IS 'Stores a report about an item, or about all of an action, and moves it forward.';
