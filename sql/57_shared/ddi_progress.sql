-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ddi_progress: what a feedback on deploymentBase means for the action: the number
-- of the native report state, or NULL when it is information only.

CREATE OR REPLACE FUNCTION fota.ddi_progress(execution text, finished text)
RETURNS int
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	RETURN CASE
		WHEN $1 = 'closed' AND $2 = 'failure' THEN 5
		WHEN $1 = 'closed' THEN 4
		WHEN $1 = 'downloaded' THEN 2
		WHEN $1 IN ('download', 'proceeding') THEN 1
	END;
END
$$;

COMMENT ON FUNCTION fota.ddi_progress(text, text) IS
	'The native report state that a DDI feedback means, or NULL.';
