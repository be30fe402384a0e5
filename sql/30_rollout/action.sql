-- SPDX-License-Identifier: PostgreSQL
--
-- fota.action: one install step of one device. At most one is open per device, and per
-- exclusion group.

CREATE TABLE fota.action (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	device_id bigint NOT NULL,
	action int NOT NULL CHECK (action > 0 AND action % 10 <> 0),
	state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'superseded', 'finished', 'failed',
		'cancelled', 'declined', 'lost', 'expired')),
	protocol text,
	epoch bigint NOT NULL,
	exclusion_group text COLLATE "C",
	reason text,
	cancel_refused boolean NOT NULL DEFAULT false,
	poll int,
	deferred_until timestamptz,
	opened_at timestamptz NOT NULL,
	seen_at timestamptz NOT NULL,
	closed_at timestamptz,
	due_at timestamptz NOT NULL DEFAULT '-infinity',
	PRIMARY KEY (tenant_id, device_id, action),
	FOREIGN KEY (tenant_id, device_id) REFERENCES fota.device ON DELETE CASCADE,
	CHECK ((closed_at IS NULL) = (state IN ('open', 'superseded')))
);
CREATE UNIQUE INDEX action_open_key ON fota.action (tenant_id, device_id)
	WHERE state IN ('open', 'superseded');
CREATE UNIQUE INDEX action_group_key ON fota.action (tenant_id, exclusion_group)
	WHERE state IN ('open', 'superseded');
CREATE INDEX action_due_idx ON fota.action (tenant_id, due_at) WHERE state IN ('open', 'superseded');

COMMENT ON TABLE fota.action IS 'One install step of one device.';
COMMENT ON COLUMN fota.action.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.action.device_id IS 'Device.';
COMMENT ON COLUMN fota.action.action IS 'Number, rising per device, never a multiple of 10, never used again.';
COMMENT ON COLUMN fota.action.state IS
	'open; superseded (still open, cancel offered); finished, failed, cancelled, declined, lost, expired.';
COMMENT ON COLUMN fota.action.protocol IS 'Protocol over which it was opened.';
COMMENT ON COLUMN fota.action.epoch IS 'Epoch of the decision that opened it.';
COMMENT ON COLUMN fota.action.exclusion_group IS 'That of the device when it was opened.';
COMMENT ON COLUMN fota.action.reason IS 'Why it was superseded or closed.';
COMMENT ON COLUMN fota.action.cancel_refused IS 'The device refused to cancel it.';
COMMENT ON COLUMN fota.action.poll IS 'Seconds to the next check-in that the device was last told.';
COMMENT ON COLUMN fota.action.deferred_until IS 'Until when the device deferred it; its silence till then means nothing.';
COMMENT ON COLUMN fota.action.opened_at IS 'When it was opened.';
COMMENT ON COLUMN fota.action.seen_at IS 'When the device last did something about it.';
COMMENT ON COLUMN fota.action.closed_at IS 'When it was closed.';
COMMENT ON COLUMN fota.action.due_at IS 'Before this time alone brings about nothing; while it is open, a tick after it looks.';
