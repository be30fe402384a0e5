-- SPDX-License-Identifier: PostgreSQL
--
-- fota.device_case: a device as a decision sees it, with what its model and its capabilities
-- say, at an instant and an epoch.

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
	hw text,
	two_slots boolean,
	accept jsonb
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
COMMENT ON COLUMN fota.device_case.hw IS 'Hardware id that it reported.';
COMMENT ON COLUMN fota.device_case.two_slots IS 'It has two slots and is updated in the one that it does not run.';
COMMENT ON COLUMN fota.device_case.accept IS 'As in fota.device_report_state.';

CREATE OR REPLACE FUNCTION fota.device_case(tenant_id int, device_id bigint, at timestamptz, epoch bigint)
RETURNS fota.device_case
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_case fota.device_case;
BEGIN
	SELECT $1, $2, $3, $4, d.model, d.serial, d.serial_key, d.name, d.year, d.batch,
		d.time_zone, d.postponed_until, NULL, NULL, s.hw, coalesce(s.flags & 1 = 1, false), s.accept
	INTO v_case
	FROM fota.device d
	LEFT JOIN fota.device_report_state s ON s.tenant_id = $1 AND s.device_id = $2
	WHERE d.tenant_id = $1 AND d.device_id = $2;
	SELECT coalesce(v_case.time_zone, m.time_zone), m.unknown_contents, m.client_class
	INTO v_case.time_zone, v_case.unknown_contents, v_case.client_class
	FROM fota.model m
	WHERE m.tenant_id = $1 AND m.model = v_case.model;
	RETURN v_case;
END
$$;

COMMENT ON FUNCTION fota.device_case(int, bigint, timestamptz, bigint) IS
	'A device as a decision sees it; all columns NULL when there is none.';
