-- SPDX-License-Identifier: PostgreSQL
--
-- fota.device_history: contents and attributes of devices, a row whenever they change,
-- partitioned by the month of receipt (fota.add_partitions).

CREATE SEQUENCE fota.device_history_no AS bigint;
COMMENT ON SEQUENCE fota.device_history_no IS 'Order of the rows of fota.device_history.';

CREATE TABLE fota.device_history (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	at timestamptz NOT NULL DEFAULT clock_timestamp(),
	device_id bigint NOT NULL,
	history_no bigint NOT NULL DEFAULT nextval('fota.device_history_no'),
	relation text NOT NULL CHECK (relation IN ('device', 'device_contents')),
	component text COLLATE "C" NOT NULL DEFAULT '',
	document jsonb,
	PRIMARY KEY (tenant_id, at, device_id, history_no)
) PARTITION BY RANGE (at);
CREATE TABLE fota.device_history_rest PARTITION OF fota.device_history DEFAULT;
CREATE INDEX device_history_device_idx ON fota.device_history (tenant_id, device_id, at);

COMMENT ON TABLE fota.device_history IS 'Former rows of fota.device and fota.device_contents.';
COMMENT ON TABLE fota.device_history_rest IS 'What falls into no month that has a partition.';
COMMENT ON COLUMN fota.device_history.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.device_history.at IS 'When the row became so.';
COMMENT ON COLUMN fota.device_history.device_id IS 'Device.';
COMMENT ON COLUMN fota.device_history.history_no IS 'Order among changes of one instant.';
COMMENT ON COLUMN fota.device_history.relation IS 'device (row changed by SQL or attributes) or device_contents.';
COMMENT ON COLUMN fota.device_history.component IS 'Component of device_contents, else empty.';
COMMENT ON COLUMN fota.device_history.document IS 'The row as it became; NULL = deleted.';
