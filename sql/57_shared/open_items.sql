-- SPDX-License-Identifier: PostgreSQL
--
-- fota.open_items: what a device still has to do: the items of its open action that are
-- neither final nor installed. A superseded action shows none: it has vanished.

CREATE OR REPLACE FUNCTION fota.open_items(tenant_id int, device_id bigint)
RETURNS TABLE (action int, item int, component text, verb text, version text, state text,
	payload_sha256 bytea, size bigint, format int[], transfer_sha256 bytea,
	transfer_bytes bigint, base bytea, flags int, min_battery int)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT i.action, i.item, i.component, i.verb, i.version, i.state, i.payload_sha256, i.size,
		i.format, i.transfer_sha256, i.transfer_bytes, i.base,
		nullif(coalesce(m.security_fix::int, 0) + CASE WHEN r.mode IN ('soft', 'confirm') THEN 2 ELSE 0 END
			+ 4 * coalesce(m.mains::int, 0) + CASE WHEN r.mode = 'download_only' THEN 8 ELSE 0 END, 0),
		m.min_battery::int
	FROM fota.action a
	JOIN fota.action_item i ON i.tenant_id = $1 AND i.device_id = $2 AND i.action = a.action
	LEFT JOIN fota.image m ON m.tenant_id = $1 AND m.model = i.image_model
		AND m.component = i.component AND m.version = i.version AND m.build = i.build
	LEFT JOIN fota.rule r ON r.tenant_id = $1 AND r.rule_id = i.rule_id
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.state = 'open'
		AND i.state IN ('offered', 'downloading', 'downloaded', 'installing')
	ORDER BY i.item;
END
$$;

COMMENT ON FUNCTION fota.open_items(int, bigint) IS
	'Items of a device''s open action that it still has to do, in order.';
