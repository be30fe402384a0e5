-- SPDX-License-Identifier: PostgreSQL
--
-- fota.replay_item: judges an item anew from all that was said about it, in the order of the instants (at the same
-- instant final words first, and that the delta is of no use last). Where a delta was of no use, what was said until
-- then is of the first try, what was said after it is of the second, with the full image; that it is of no use, said
-- again before the full image was begun, is of the first. The first final word ends the item. What ended otherwise,
-- by the contents that the device reported, by silence or since the rules changed, stays as it is. True when the item
-- has changed, or the try that a report is of.

CREATE OR REPLACE FUNCTION fota.replay_item(action fota.action, item int)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_words CONSTANT text[] := '{downloading,downloaded,installing,installed,failed,NULL,NULL,declined,cancelled}';
	v_order CONSTANT text[] := '{offered,downloading,downloaded,installing,installed}';
	v_was fota.action_item;
	v_item fota.action_item;
	v_only boolean;
	v_delta boolean;
	v_fixed boolean;
	v_over boolean := false;
	v_begun boolean := false;
	v_moved boolean := false;
	v_useless timestamptz;
	v_said record;
	v_word text;
	v_try int;
	v_rows fota.report[] := '{}';
BEGIN
	SELECT i.* INTO v_was FROM fota.action_item i
	WHERE i.tenant_id = ($1).tenant_id AND i.device_id = ($1).device_id AND i.action = ($1).action AND i.item = $2;
	v_delta := coalesce(v_was.try > 0 OR v_was.format[1] > 0, false);
	v_fixed := v_was.state = 'confirmed' OR v_was.state IN ('failed', 'declined', 'cancelled') AND v_was.reason IS NOT NULL;
	IF v_fixed AND NOT v_delta THEN
		RETURN false;
	END IF;
	v_only := EXISTS (SELECT FROM fota.rule r
		WHERE r.tenant_id = v_was.tenant_id AND r.rule_id = v_was.rule_id AND r.mode = 'download_only');
	v_item := v_was;
	v_item.state := 'offered';
	v_item.try := 0;
	v_item.tried_at := NULL;
	v_item.code := NULL;
	v_item.changed_at := ($1).opened_at;
	v_item.installed_at := NULL;
	v_item.closed_at := NULL;

	FOR v_said IN
		SELECT p.*, t.at AS said_at, v_delta AND p.state = 5 AND p.code IN (2, 3) AS wrong
		FROM fota.report p
		CROSS JOIN LATERAL unnest(p.at || p.again) t (at)
		WHERE p.tenant_id = v_was.tenant_id AND p.opened_at = ($1).opened_at AND p.device_id = v_was.device_id
			AND p.action = v_was.action AND p.item = $2
		ORDER BY t.at, v_delta AND p.state = 5 AND p.code IN (2, 3), p.state NOT IN (5, 8, 9), p.state, p.code, p.seconds
	LOOP
		v_try := 0;
		IF v_useless IS NULL THEN
			v_useless := CASE WHEN v_said.wrong THEN v_said.said_at END;
		ELSIF v_said.said_at > v_useless AND NOT (v_said.wrong AND NOT v_begun) THEN
			v_try := 1;
			v_begun := v_begun OR v_said.state <= 4;
		END IF;
		v_moved := v_moved OR v_try <> v_said.try;
		IF v_delta THEN
			v_rows := v_rows || ROW(v_said.tenant_id, v_said.opened_at, v_said.device_id, v_said.action, $2, v_try,
				v_said.state, v_said.code, v_said.seconds, v_said.text, v_said.bytes, v_said.said_at, NULL)::fota.report;
		END IF;

		v_word := CASE WHEN v_only AND v_said.state IN (3, 4) THEN 'downloaded' ELSE v_words[v_said.state] END;
		CONTINUE WHEN v_over OR v_word IS NULL OR v_try < v_item.try;
		IF v_said.wrong AND v_try = 0 THEN
			v_item.state := 'offered';
			v_item.try := 1;
			v_item.tried_at := v_said.said_at;
		ELSIF v_word IN ('failed', 'declined', 'cancelled') THEN
			v_item.state := v_word;
			v_item.closed_at := v_said.said_at;
			v_over := true;
		ELSIF array_position(v_order, v_word) > array_position(v_order, v_item.state) THEN
			v_item.state := v_word;
			v_over := v_only AND v_word = 'downloaded';
			v_item.installed_at := CASE WHEN v_word = 'installed' THEN coalesce(v_item.installed_at, v_said.said_at)
				ELSE v_item.installed_at END;
		ELSE
			CONTINUE;
		END IF;
		v_item.code := coalesce(nullif(v_said.code, 0), v_item.code);
		v_item.changed_at := v_said.said_at;
	END LOOP;

	IF v_moved AND v_delta THEN
		DELETE FROM fota.report p
		WHERE p.tenant_id = v_was.tenant_id AND p.opened_at = ($1).opened_at AND p.device_id = v_was.device_id
			AND p.action = v_was.action AND p.item = $2;
		INSERT INTO fota.report (tenant_id, opened_at, device_id, action, item, try, state, code, seconds, text, bytes, at, again)
		SELECT r.tenant_id, r.opened_at, r.device_id, r.action, r.item, r.try, r.state, r.code, r.seconds,
			(array_agg(r.text ORDER BY r.at))[1], max(r.bytes), min(r.at), nullif((array_agg(DISTINCT r.at))[2:16], '{}')
		FROM unnest(v_rows) r
		GROUP BY r.tenant_id, r.opened_at, r.device_id, r.action, r.item, r.try, r.state, r.code, r.seconds;
		PERFORM fota.put_off($1);
	END IF;
	IF v_fixed OR (v_item.state, v_item.try, v_item.tried_at, v_item.code, v_item.changed_at, v_item.installed_at, v_item.closed_at)
		IS NOT DISTINCT FROM
		(v_was.state, v_was.try, v_was.tried_at, v_was.code, v_was.changed_at, v_was.installed_at, v_was.closed_at) THEN
		RETURN v_moved;
	END IF;
	IF v_item.try > v_was.try THEN
		v_item.tried := jsonb_build_object('format', v_was.format, 'sha256', encode(v_was.transfer_sha256, 'hex'),
			'bytes', v_was.transfer_bytes, 'base', encode(v_was.base, 'hex'));
		v_item.format := '{0}';
		v_item.transfer_sha256 := v_was.payload_sha256;
		v_item.transfer_bytes := v_was.size;
		v_item.base := NULL;
	ELSIF v_item.try < v_was.try THEN
		v_item.format := ARRAY(SELECT f::int FROM jsonb_array_elements_text(v_was.tried -> 'format') f);
		v_item.transfer_sha256 := decode(v_was.tried ->> 'sha256', 'hex');
		v_item.transfer_bytes := v_was.tried ->> 'bytes';
		v_item.base := decode(v_was.tried ->> 'base', 'hex');
		v_item.tried := NULL;
	END IF;
	UPDATE fota.action_item i
	SET state = v_item.state, try = v_item.try, tried_at = v_item.tried_at, code = v_item.code,
		changed_at = v_item.changed_at, installed_at = v_item.installed_at, closed_at = v_item.closed_at, polls = 0,
		format = v_item.format, transfer_sha256 = v_item.transfer_sha256, transfer_bytes = v_item.transfer_bytes,
		base = v_item.base, tried = v_item.tried
	WHERE i.tenant_id = v_was.tenant_id AND i.device_id = v_was.device_id AND i.action = v_was.action AND i.item = $2;
	RETURN true;
END
$$;

COMMENT ON FUNCTION fota.replay_item(fota.action, int) IS
	'Judges an item anew from all that was said about it, in the order of the instants; true when something has changed.';
