-- SPDX-License-Identifier: PostgreSQL
--
-- fota_past.action_item: items of actions as of the instant that is asked for: one that was closed later is
-- not final yet. A failure is forgiven when it was so at the epoch that is asked for.

CREATE OR REPLACE FUNCTION fota_past.action_item()
RETURNS SETOF fota.action_item
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT i.tenant_id, i.device_id, i.action, i.item, i.rule_id, i.component, i.verb, i.image_model, i.version, i.build,
		i.payload_sha256, i.size, i.from_version, i.from_digest,
		CASE WHEN i.closed_at > (SELECT fota_past.as_of_instant())
			THEN CASE WHEN i.installed_at <= (SELECT fota_past.as_of_instant()) THEN 'installed' ELSE 'offered' END
			ELSE i.state END,
		i.try, i.tried_at, i.format, i.transfer_sha256, i.transfer_bytes, i.base, i.code, i.reason, i.polls,
		CASE WHEN i.forgiven THEN EXISTS (
				SELECT FROM fota.row_version v
				WHERE v.tenant_id = i.tenant_id AND v.relation = 'action_item'
					AND v.key = format('[%s, %s, %s]', i.device_id, i.action, i.item)
					AND (SELECT c.epoch FROM fota.change c WHERE c.tenant_id = v.tenant_id AND c.change_no = v.change_no)
						<= (SELECT fota_past.as_of_epoch()))
			ELSE false END,
		i.changed_at, i.installed_at,
		CASE WHEN i.closed_at > (SELECT fota_past.as_of_instant()) THEN NULL ELSE i.closed_at END,
		i.tried
	FROM fota.action_item i
	WHERE i.tenant_id = (SELECT fota_past.as_of_tenant());
END;

COMMENT ON FUNCTION fota_past.action_item() IS 'Items of actions as of the instant that is asked for.';
