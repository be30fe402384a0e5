-- SPDX-License-Identifier: PostgreSQL
--
-- fota.device_case: a device as a decision sees it, with what its model and its capabilities
-- say, at an instant and an epoch; and what it is that most tenants do not have, so that the
-- steps after this one need not look for it again and again.

CREATE TYPE fota.device_case AS (
	tenant_id int,
	device_id bigint,
	at timestamptz,
	epoch bigint,
	model text,
	serial text,
	serial_key text,
	name text,
	year int,
	batch text,
	time_zone text,
	postponed_until timestamptz,
	unknown_contents text,
	client_class text,
	can_remove boolean,
	name_like text,
	hw text,
	two_slots boolean,
	accept jsonb,
	has_items boolean,
	some_digests boolean,
	some_floors boolean,
	some_requires boolean,
	some_chosen boolean
);

COMMENT ON TYPE fota.device_case IS 'A device as a decision sees it.';
COMMENT ON COLUMN fota.device_case.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.device_case.device_id IS 'Device.';
COMMENT ON COLUMN fota.device_case.at IS 'The instant to decide at.';
COMMENT ON COLUMN fota.device_case.epoch IS 'Epoch of the tenant.';
COMMENT ON COLUMN fota.device_case.model IS 'Its model.';
COMMENT ON COLUMN fota.device_case.serial IS 'As in fota.device.';
COMMENT ON COLUMN fota.device_case.serial_key IS 'As in fota.device.';
COMMENT ON COLUMN fota.device_case.name IS 'As in fota.device.';
COMMENT ON COLUMN fota.device_case.year IS 'As in fota.device.';
COMMENT ON COLUMN fota.device_case.batch IS 'As in fota.device.';
COMMENT ON COLUMN fota.device_case.time_zone IS 'Its own, else that of its model; NULL = the setting''s.';
COMMENT ON COLUMN fota.device_case.postponed_until IS 'As in fota.device.';
COMMENT ON COLUMN fota.device_case.unknown_contents IS 'As in fota.model.';
COMMENT ON COLUMN fota.device_case.client_class IS 'As in fota.model.';
COMMENT ON COLUMN fota.device_case.can_remove IS 'As in fota.client_class.';
COMMENT ON COLUMN fota.device_case.name_like IS 'As in fota.client_class.';
COMMENT ON COLUMN fota.device_case.hw IS 'Hardware id that it reported.';
COMMENT ON COLUMN fota.device_case.two_slots IS 'It has two slots and is updated in the one that it does not run.';
COMMENT ON COLUMN fota.device_case.accept IS 'As in fota.device_report_state.';
COMMENT ON COLUMN fota.device_case.has_items IS 'It has had actions.';
COMMENT ON COLUMN fota.device_case.some_digests IS 'The tenant has rows in fota.image_digest.';
COMMENT ON COLUMN fota.device_case.some_floors IS 'An image of its model, or of all, is a floor.';
COMMENT ON COLUMN fota.device_case.some_requires IS 'An image of its model, or of all, requires something.';
COMMENT ON COLUMN fota.device_case.some_chosen IS 'The tenant has rules for chosen devices.';

CREATE OR REPLACE FUNCTION fota.device_case(tenant_id int, device_id bigint, at timestamptz, epoch bigint)
RETURNS fota.device_case
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_case fota.device_case;
BEGIN
	SELECT $1, $2, $3, $4, d.model, d.serial, d.serial_key, d.name, d.year, d.batch,
		coalesce(d.time_zone, m.time_zone), d.postponed_until, m.unknown_contents, m.client_class,
		k.can_remove, k.name_like, s.hw, coalesce(s.flags & 1 = 1, false), s.accept,
		EXISTS (SELECT FROM fota.action_item i WHERE i.tenant_id = $1 AND i.device_id = $2),
		EXISTS (SELECT FROM fota.image_digest i WHERE i.tenant_id = $1),
		EXISTS (SELECT FROM fota.image i WHERE i.tenant_id = $1 AND i.model IN (d.model, '*') AND i.floor),
		EXISTS (SELECT FROM fota.image i WHERE i.tenant_id = $1 AND i.model IN (d.model, '*') AND i.requires IS NOT NULL),
		EXISTS (SELECT FROM fota.rule_device x WHERE x.tenant_id = $1)
	INTO v_case
	FROM fota.device d
	LEFT JOIN fota.model m ON m.tenant_id = $1 AND m.model = d.model
	LEFT JOIN LATERAL (
		SELECT k.can_remove, k.name_like FROM fota.client_class k
		WHERE k.tenant_id IN (0, $1) AND k.client_class = m.client_class
		ORDER BY k.tenant_id DESC
		LIMIT 1) k ON true
	LEFT JOIN fota.device_report_state s ON s.tenant_id = $1 AND s.device_id = $2
	WHERE d.tenant_id = $1 AND d.device_id = $2;
	RETURN v_case;
END
$$;

COMMENT ON FUNCTION fota.device_case(int, bigint, timestamptz, bigint) IS
	'A device as a decision sees it; all columns NULL when there is none.';
