-- SPDX-License-Identifier: PostgreSQL
--
-- fota.take_report: stores what a device says about an item and moves it. state is that
-- of the native protocol: 1 downloading 2 verified 3 installing 4 done 5 failed 6 deferred
-- 7 postponed 8 refused 9 cancelled. The same report twice is one report; a report about
-- a final item, or a step back, is stored and changes nothing. item NULL = every item. What
-- was said before a delta was given up is of the try before, however late it arrives, and so is
-- "wrong base" or "cannot apply" said once more before the full image was begun; what came
-- early of the new try is taken then. So the order in which reports arrive does not matter.
-- Returns a status word.

CREATE OR REPLACE FUNCTION fota.take_report(tenant_id int, device_id bigint, action int, item int,
	state int, code int, text text, seconds int, bytes bigint, at timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_words CONSTANT text[] := '{downloading,downloaded,installing,installed,failed,NULL,NULL,declined,cancelled}';
	v_action fota.action;
	v_item fota.action_item;
	v_try int;
	v_early record;
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

	FOR v_item IN SELECT i.* FROM fota.action_item i
		WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3
			AND ($4 IS NULL OR i.item = $4)
		ORDER BY i.item
	LOOP
		v_try := v_item.try;
		IF v_item.try > 0 AND ($10 <= v_item.tried_at OR $5 = 5 AND $6 IN (2, 3)
			AND v_item.state = 'offered' AND EXISTS (
				SELECT FROM fota.report p
				WHERE p.tenant_id = $1 AND p.opened_at = v_action.opened_at AND p.device_id = $2
					AND p.action = $3 AND p.item = v_item.item AND p.try = v_item.try - 1
					AND p.state = 5 AND p.code = $6)) THEN
			v_try := v_item.try - 1;
		END IF;
		INSERT INTO fota.report (tenant_id, device_id, action, item, try, state, code, seconds,
			text, bytes, opened_at, at)
		VALUES ($1, $2, $3, v_item.item, v_try, $5, coalesce($6, 0),
			greatest(coalesce($8, 0), 0), left($7, 256),
			CASE WHEN $9 >= 0 THEN $9 END, v_action.opened_at, $10)
		ON CONFLICT DO NOTHING;
		CONTINUE WHEN NOT FOUND OR v_try < v_item.try OR v_action.closed_at IS NOT NULL;

		IF $5 = 5 AND $6 IN (2, 3) AND v_item.format[1] > 0
			AND v_item.state NOT IN ('confirmed', 'failed', 'declined', 'cancelled') THEN
			UPDATE fota.action_item i
			SET state = 'offered', try = i.try + 1, tried_at = $10, code = $6, changed_at = $10, format = '{0}',
				transfer_sha256 = i.payload_sha256, transfer_bytes = i.size, base = NULL
			WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3 AND i.item = v_item.item;
			UPDATE fota.report p SET try = p.try + 1
			WHERE p.tenant_id = $1 AND p.opened_at = v_action.opened_at AND p.device_id = $2
				AND p.action = $3 AND p.item = v_item.item AND p.try = v_item.try AND p.at > $10;
			FOR v_early IN SELECT p.state, p.code, p.at FROM fota.report p
				WHERE p.tenant_id = $1 AND p.opened_at = v_action.opened_at AND p.device_id = $2
					AND p.action = $3 AND p.item = v_item.item AND p.try = v_item.try + 1
					AND v_words[p.state] IS NOT NULL
				ORDER BY p.at, p.state
			LOOP
				PERFORM fota.move_item($1, $2, $3, v_item.item, v_words[v_early.state], nullif(v_early.code, 0), NULL,
					v_early.at);
			END LOOP;
		ELSIF $5 = 7 THEN
			PERFORM fota.postpone($1, $2, v_item.rule_id, $8, $10);
		ELSIF $5 = 6 THEN
			UPDATE fota.action a
			SET deferred_until = greatest(a.deferred_until,
				$10 + make_interval(secs => least(greatest(coalesce($8, 0), 0), 2592000)))
			WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3;
		ELSIF v_words[$5] IS NOT NULL THEN
			PERFORM fota.move_item($1, $2, $3, v_item.item, v_words[$5], $6, NULL, $10);
		END IF;
	END LOOP;

	UPDATE fota.action a SET seen_at = greatest(a.seen_at, $10)
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3 AND a.closed_at IS NULL;
	PERFORM fota.close_if_done($1, $2, $3, $10);
	RETURN 'ok';
END
$$;

COMMENT ON FUNCTION fota.take_report(int, bigint, int, int, int, int, text, int, bigint, timestamptz)
	IS 'Stores a report about an item, or about all of an action, and moves it forward.';
