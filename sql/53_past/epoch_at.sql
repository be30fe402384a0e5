-- SPDX-License-Identifier: PostgreSQL
--
-- fota.epoch_at: the epoch of a tenant that was in force at an instant. Asking before the tenant's
-- first change, or before what has been dropped, is an error that names the earliest instant.

CREATE OR REPLACE FUNCTION fota.epoch_at(tenant_id int, at timestamptz)
RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_epoch bigint;
	v_edge timestamptz := (SELECT e.at FROM fota.history_edge e WHERE e.tenant_id = $1);
	v_first timestamptz;
BEGIN
	IF $2 < v_edge IS NOT TRUE THEN
		SELECT c.epoch INTO v_epoch
		FROM fota.change c
		WHERE c.tenant_id = $1 AND c.at <= $2
		ORDER BY c.at DESC, c.epoch DESC
		LIMIT 1;
	END IF;
	IF v_epoch IS NULL THEN
		v_first := greatest(v_edge, (SELECT min(c.at) FROM fota.change c WHERE c.tenant_id = $1));
		RAISE EXCEPTION 'the past of tenant % is not known as far back as %', $1, $2
			USING ERRCODE = '22023',
				DETAIL = CASE WHEN v_first IS NULL THEN 'Nothing of it has been committed yet.'
					ELSE format('The earliest instant that is known is %s.', v_first) END,
				HINT = CASE WHEN v_first IS NULL THEN 'Ask after COMMIT.' ELSE 'Ask for that instant or a later one.' END;
	END IF;
	RETURN v_epoch;
END
$$;

COMMENT ON FUNCTION fota.epoch_at(int, timestamptz) IS 'The epoch that was in force at an instant.';
