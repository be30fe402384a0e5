-- SPDX-License-Identifier: PostgreSQL
--
-- fota.add_event: tells people that something happened.

CREATE OR REPLACE FUNCTION fota.add_event(tenant_id int, kind text, rule_id bigint, device_id bigint,
	detail jsonb, at timestamptz DEFAULT clock_timestamp())
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
	INSERT INTO fota.event (tenant_id, kind, rule_id, device_id, detail, at)
	VALUES ($1, $2, $3, $4, jsonb_strip_nulls(coalesce($5, '{}')), $6);
END
$$;

COMMENT ON FUNCTION fota.add_event(int, text, bigint, bigint, jsonb, timestamptz) IS 'Writes a row of fota.event.';
