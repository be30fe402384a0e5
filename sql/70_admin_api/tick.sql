-- SPDX-License-Identifier: PostgreSQL
--
-- fota.tick: what time alone brings about, in the tenants that the caller may see. The
-- front-ends do it every second; where none runs, a scheduler may. One at a time does the
-- work. Returns how many events it wrote.

CREATE OR REPLACE FUNCTION fota.tick(at timestamptz DEFAULT now())
RETURNS int
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int;
	v_events int := 0;
BEGIN
	IF pg_try_advisory_xact_lock(hashtext('fota.tick')) THEN
		FOR v_tenant IN SELECT t.tenant_id FROM fota.tenant t ORDER BY t.tenant_id LOOP
			v_events := v_events + fota.tick_tenant(v_tenant, $1);
		END LOOP;
	END IF;
	RETURN v_events;
END
$$;

COMMENT ON FUNCTION fota.tick(timestamptz) IS
	'Does what time alone brings about; the number of events that it wrote.';
