-- SPDX-License-Identifier: PostgreSQL
--
-- fota_past.as_of_instant: the instant whose devices are asked for; NULL = as they are now. It is
-- written as 2026-03-01T12:00:00.000000Z, which reads the same under every DateStyle.

CREATE OR REPLACE FUNCTION fota_past.as_of_instant()
RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(split_part(current_setting('fota.as_of', true), ' ', 3), '')::timestamptz;

COMMENT ON FUNCTION fota_past.as_of_instant() IS 'The instant whose devices are asked for; NULL = as they are now.';
