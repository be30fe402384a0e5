-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ddi_body: the body of deploymentBase and installedBase. `update` is never `skip`:
-- a client takes that for done.

CREATE OR REPLACE FUNCTION fota.ddi_body(tenant_id int, device_id bigint, action int, base text,
	history int)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_kind text;
	v_count int := CASE WHEN $5 < 0 OR $5 > 100 THEN 100 ELSE coalesce($5, 0) END;
	v_messages json;
	v_state text;
BEGIN
	SELECT CASE WHEN bool_or(r.mode = 'forced') OR count(r.rule_id) = 0 THEN 'forced'
		ELSE 'attempt' END INTO v_kind
	FROM fota.action_item i
	LEFT JOIN fota.rule r ON r.tenant_id = $1 AND r.rule_id = i.rule_id
	WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3;

	IF v_count > 0 THEN
		SELECT json_agg(x.text ORDER BY x.at DESC, x.message_id DESC) INTO v_messages
		FROM (SELECT m.text, m.at, m.message_id FROM fota.action_message m
			WHERE m.tenant_id = $1 AND m.device_id = $2 AND m.action = $3
			ORDER BY m.at DESC, m.message_id DESC LIMIT v_count) x;
		v_state := fota.ddi_state($1, $2, $3);
	END IF;
	IF v_messages IS NULL THEN
		RETURN json_build_object('id', $3::text, 'deployment', json_build_object(
			'download', v_kind, 'update', v_kind, 'chunks', fota.ddi_chunks($1, $2, $3, $4)));
	END IF;
	RETURN json_build_object('id', $3::text, 'deployment', json_build_object(
		'download', v_kind, 'update', v_kind, 'chunks', fota.ddi_chunks($1, $2, $3, $4)),
		'actionHistory', json_build_object('status', v_state, 'messages', v_messages));
END
$$;

COMMENT ON FUNCTION fota.ddi_body(int, bigint, int, text, int) IS
	'Body of a DDI deploymentBase or installedBase resource.';
