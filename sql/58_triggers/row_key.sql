-- SPDX-License-Identifier: PostgreSQL
--
-- fota.row_key: the key of a catalogue row in fota.row_version: the columns of its primary key
-- after tenant_id, as a JSON array. A server-wide setting or client class (tenant 0) is noted for every tenant,
-- beside the tenant's own of that name: its key begins with 0.

CREATE OR REPLACE FUNCTION fota.row_key(document jsonb, columns text[])
RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT CASE WHEN document -> 'tenant_id' = '0' THEN '[0, ' ELSE '[' END
		|| concat_ws(', ', (document -> columns[1])::text, (document -> columns[2])::text, (document -> columns[3])::text,
			(document -> columns[4])::text, (document -> columns[5])::text) || ']';
END;

COMMENT ON FUNCTION fota.row_key(jsonb, text[]) IS 'Primary key of a catalogue row without the tenant, as a JSON array.';
