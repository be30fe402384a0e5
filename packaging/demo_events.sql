-- SPDX-License-Identifier: PostgreSQL
--
-- One line per step of a device that is worth a look, after :since: `number|text`, the
-- number being what to ask with next. A step is what an item became: offered, confirmed,
-- failed, declined or cancelled; those in between pass too fast. What was written less than
-- 0.3 s ago waits for the next time, since an earlier step may still be about to commit.

SELECT n.number, to_char(n.changed_at, 'HH24:MI:SS') || ' ' || n.device || ' ' || n.protocol || ' ' || n.text
FROM (
	SELECT round(extract(epoch FROM i.changed_at) * 1000000)::bigint AS number, i.changed_at, d.name AS device,
		i.item, coalesce(a.protocol, '?') AS protocol,
		coalesce(i.from_version, '?') || ' -> ' || coalesce(i.version, 'absent')
		|| CASE WHEN i.format[1] > 0 THEN format(' delta %s B (%s %%)',
				to_char(i.transfer_bytes, 'FM999,999,999,999'),
				round(100.0 * i.transfer_bytes / greatest(i.size, 1)))
			WHEN i.transfer_bytes IS NOT NULL THEN format(' full %s B', to_char(i.transfer_bytes, 'FM999,999,999,999'))
			ELSE '' END
		|| ' ' || i.state || coalesce(', ' || i.reason, '') AS text
	FROM fota.action_item i
	JOIN fota.action a USING (tenant_id, device_id, action)
	JOIN fota.device d USING (tenant_id, device_id)
	WHERE i.state IN ('offered', 'confirmed', 'failed', 'declined', 'cancelled')
		AND i.changed_at > to_timestamp(:since / 1000000.0) AND i.changed_at < now() - interval '0.3 s'
		AND round(extract(epoch FROM i.changed_at) * 1000000)::bigint > :since
	ORDER BY i.changed_at DESC, d.name, i.item
	LIMIT 100
) n
ORDER BY n.number, n.device, n.item;
