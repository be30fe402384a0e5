-- SPDX-License-Identifier: PostgreSQL
--
-- fota_past.as_of_tenant: whose past is asked for; NULL outside of such a question.

CREATE OR REPLACE FUNCTION fota_past.as_of_tenant()
RETURNS int
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(split_part(current_setting('fota.as_of', true), ' ', 1), '')::int;

COMMENT ON FUNCTION fota_past.as_of_tenant() IS 'Whose past is asked for.';
