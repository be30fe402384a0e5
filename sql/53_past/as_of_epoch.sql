-- SPDX-License-Identifier: PostgreSQL
--
-- fota_past.as_of_epoch: the epoch whose catalogue is asked for.

CREATE OR REPLACE FUNCTION fota_past.as_of_epoch()
RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(split_part(current_setting('fota.as_of', true), ' ', 2), '')::bigint;

COMMENT ON FUNCTION fota_past.as_of_epoch() IS 'The epoch whose catalogue is asked for.';
