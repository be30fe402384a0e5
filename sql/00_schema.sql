-- SPDX-License-Identifier: PostgreSQL
--
-- The five schemas. fota has the tables and what DBAs call; fota_device is the whole
-- contract with the front-ends, fota_worker that with the worker; fota_report has views, fota_past what decisions read, as it was.

CREATE SCHEMA IF NOT EXISTS fota;
CREATE SCHEMA IF NOT EXISTS fota_device;
CREATE SCHEMA IF NOT EXISTS fota_worker;
CREATE SCHEMA IF NOT EXISTS fota_report;
CREATE SCHEMA IF NOT EXISTS fota_past;

COMMENT ON SCHEMA fota IS 'Firmware update service: tables and the functions that operators call.';
COMMENT ON SCHEMA fota_device IS 'All that a device front-end may call.';
COMMENT ON SCHEMA fota_worker IS 'All that fota-worker may call.';
COMMENT ON SCHEMA fota_report IS 'Views that answer an operator''s questions.';
COMMENT ON SCHEMA fota_past IS 'What decisions read, as it was at an instant; ask fota.resolve and fota.explain.';
