-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ddi_state: the state of an action in the words of DDI's actionHistory.

CREATE OR REPLACE FUNCTION fota.ddi_state(tenant_id int, device_id bigint, action int)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (SELECT CASE a.state WHEN 'finished' THEN 'FINISHED' WHEN 'superseded' THEN 'CANCELING'
			WHEN 'open' THEN 'RUNNING' WHEN 'cancelled' THEN 'CANCELED' ELSE 'ERROR' END
		FROM fota.action a WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.action = $3);
END
$$;

COMMENT ON FUNCTION fota.ddi_state(int, bigint, int) IS 'State of an action in DDI''s words.';
