-- SPDX-License-Identifier: PostgreSQL
--
-- fota.report: what devices said, append-only, partitioned by the month in which the action
-- was opened. The same report twice is one row, however often it was sent.

CREATE TABLE fota.report (
	tenant_id int NOT NULL DEFAULT fota.current_tenant(),
	opened_at timestamptz NOT NULL,
	device_id bigint NOT NULL,
	action int NOT NULL,
	item int NOT NULL,
	try int NOT NULL,
	state int NOT NULL CHECK (state BETWEEN 1 AND 9),
	code int NOT NULL DEFAULT 0,
	seconds int NOT NULL DEFAULT 0,
	text text,
	bytes bigint,
	at timestamptz NOT NULL,
	again timestamptz[],
	PRIMARY KEY (tenant_id, opened_at, device_id, action, item, try, state, code, seconds)
) PARTITION BY RANGE (opened_at);
CREATE TABLE fota.report_rest PARTITION OF fota.report DEFAULT;

COMMENT ON TABLE fota.report IS 'What devices said about their actions; append-only.';
COMMENT ON TABLE fota.report_rest IS 'What falls into no month that has a partition.';
COMMENT ON COLUMN fota.report.tenant_id IS 'Tenant.';
COMMENT ON COLUMN fota.report.opened_at IS 'When the action was opened.';
COMMENT ON COLUMN fota.report.device_id IS 'Device.';
COMMENT ON COLUMN fota.report.action IS 'Action of the device.';
COMMENT ON COLUMN fota.report.item IS 'Item of the action.';
COMMENT ON COLUMN fota.report.try IS 'Try of the item that it is about.';
COMMENT ON COLUMN fota.report.state IS
	'1 downloading 2 verified 3 installing 4 done 5 failed 6 deferred 7 postponed 8 refused 9 cancelled.';
COMMENT ON COLUMN fota.report.code IS 'Why; 0 = nothing said.';
COMMENT ON COLUMN fota.report.seconds IS 'For how long it is deferred or postponed; 0 = nothing said.';
COMMENT ON COLUMN fota.report.text IS 'What it said besides, the first time.';
COMMENT ON COLUMN fota.report.bytes IS 'Bytes that it has fetched; the most that it said.';
COMMENT ON COLUMN fota.report.at IS 'When it arrived, for the first time.';
COMMENT ON COLUMN fota.report.again IS 'When it arrived again, of an item that travels as a delta; the first 15 times.';
