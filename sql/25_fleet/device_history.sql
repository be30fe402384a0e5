-- SPDX-License-Identifier: PostgreSQL
--
-- fota.device_history: rows, contents and capabilities of devices, a row whenever they change,
-- partitioned by the month of receipt (fota.add_partitions, fota.drop_history).

CREATE SEQUENCE fota.device_history_no AS bigint;
COMMENT ON SEQUENCE fota.device_history_no IS 'Order of the rows of fota.device_history.';

CREATE TABLE fota.device_history (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	at timestamptz NOT NULL DEFAULT clock_timestamp(),
	device_id bigint NOT NULL,
	history_no bigint NOT NULL DEFAULT nextval('fota.device_history_no'),
	relation text COLLATE "C" NOT NULL CHECK (relation IN ('device', 'device_contents', 'device_report_state')),
	component text COLLATE "C" NOT NULL DEFAULT '',
	document jsonb,
	PRIMARY KEY (tenant_id, at, device_id, history_no)
) PARTITION BY RANGE (at);
CREATE TABLE fota.device_history_rest PARTITION OF fota.device_history DEFAULT;
CREATE INDEX device_history_device_idx ON fota.device_history
	(tenant_id, relation, device_id, component, at DESC, history_no DESC);

COMMENT ON TABLE fota.device_history IS 'Rows of fota.device, fota.device_contents and fota.device_report_state, as they became.';
COMMENT ON TABLE fota.device_history_rest IS 'What falls into no month that has a partition.';
COMMENT ON COLUMN fota.device_history.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.device_history.at IS 'When the row became so.';
COMMENT ON COLUMN fota.device_history.device_id IS 'Device.';
COMMENT ON COLUMN fota.device_history.history_no IS 'Order among changes of one instant.';
COMMENT ON COLUMN fota.device_history.relation IS 'device, device_contents, or device_report_state (of which only what decisions read).';
COMMENT ON COLUMN fota.device_history.component IS 'Component of device_contents, else empty.';
COMMENT ON COLUMN fota.device_history.document IS 'The row as it became; NULL = deleted.';
