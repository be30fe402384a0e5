-- SPDX-License-Identifier: PostgreSQL
--
-- fota.add_messages: keeps the texts that a device sent about an action; the newest 100.

CREATE OR REPLACE FUNCTION fota.add_messages(tenant_id int, device_id bigint, action int,
	texts text[], at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	INSERT INTO fota.action_message (tenant_id, device_id, action, text, at)
	SELECT $1, $2, $3, left(t.text, 512), $5
	FROM unnest($4) WITH ORDINALITY t (text, ord)
	WHERE t.text <> ''
	ORDER BY t.ord;
	DELETE FROM fota.action_message m
	WHERE m.tenant_id = $1 AND m.device_id = $2 AND m.action = $3 AND m.message_id <= (
		SELECT o.message_id FROM fota.action_message o
		WHERE o.tenant_id = $1 AND o.device_id = $2 AND o.action = $3
		ORDER BY o.message_id DESC OFFSET 100 LIMIT 1);
END
$$;

COMMENT ON FUNCTION fota.add_messages(int, bigint, int, text[], timestamptz) IS
	'Keeps the newest 100 texts that a device sent about an action.';
