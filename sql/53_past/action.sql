-- SPDX-License-Identifier: PostgreSQL
--
-- fota_past.action: actions as of the instant that is asked for, by their own times: one that was
-- opened later is not there, one that was closed later is open. As they are now when no instant is.
-- Of devices that were deleted since there are none.

CREATE OR REPLACE FUNCTION fota_past.action()
RETURNS SETOF fota.action
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT a.tenant_id, a.device_id, a.action,
		CASE WHEN a.closed_at > (SELECT fota_past.as_of_instant()) THEN 'open' ELSE a.state END,
		a.protocol, a.epoch, a.exclusion_group, a.reason, a.cancel_refused, a.poll, a.deferred_until, a.opened_at, a.seen_at,
		CASE WHEN a.closed_at > (SELECT fota_past.as_of_instant()) THEN NULL ELSE a.closed_at END,
		a.due_at
	FROM fota.action a
	WHERE a.tenant_id = (SELECT fota_past.as_of_tenant())
		AND ((SELECT fota_past.as_of_instant()) IS NULL OR a.opened_at <= (SELECT fota_past.as_of_instant()));
END;

COMMENT ON FUNCTION fota_past.action() IS 'Actions as of the instant that is asked for.';
