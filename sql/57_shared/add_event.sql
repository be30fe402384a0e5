-- SPDX-License-Identifier: PostgreSQL
--
-- fota.add_event: tells people that something happened.

CREATE OR REPLACE FUNCTION fota.add_event(tenant_id int, kind text, rule_id bigint, device_id bigint,
	detail jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
	INSERT INTO fota.event (tenant_id, kind, rule_id, device_id, detail)
	VALUES ($1, $2, $3, $4, jsonb_strip_nulls(coalesce($5, '{}')));
END
$$;

COMMENT ON FUNCTION fota.add_event(int, text, bigint, bigint, jsonb) IS 'Writes a row of fota.event.';
