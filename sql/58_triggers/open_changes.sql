-- SPDX-License-Identifier: PostgreSQL
--
-- fota.open_changes: the change of this transaction for each tenant whose catalogue rows it wrote
-- (source); tenant 0, the server-wide settings and client classes, concerns every tenant. One that is not there yet is
-- made: a row of fota.change with epoch NULL that this transaction sees is its own, since others
-- fill theirs before they commit.

CREATE OR REPLACE FUNCTION fota.open_changes(sources int[])
RETURNS TABLE (source int, tenant_id int, change_no bigint)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	FOR source, tenant_id IN
		SELECT s, t.tenant_id
		FROM unnest($1) s
		JOIN fota.tenant t ON t.tenant_id = s OR s = 0
		ORDER BY t.tenant_id
	LOOP
		SELECT c.change_no INTO change_no FROM fota.change c
		WHERE c.tenant_id = open_changes.tenant_id AND c.epoch IS NULL;
		IF NOT FOUND THEN
			INSERT INTO fota.change (tenant_id) VALUES (open_changes.tenant_id) RETURNING change_no INTO change_no;
		END IF;
		RETURN NEXT;
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.open_changes(int[]) IS
	'The transaction''s change of each tenant whose rows were written; made when it is not there yet.';
