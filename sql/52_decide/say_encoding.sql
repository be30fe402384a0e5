-- SPDX-License-Identifier: PostgreSQL
--
-- fota.say_encoding: how the image of a decision would travel to the device, in words.

CREATE OR REPLACE FUNCTION fota.say_encoding(tenant_id int, device_id bigint, component text, rule_id bigint,
	version text, build text)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (
		SELECT format(CASE WHEN e.format[1] > 0 THEN 'a delta of %s bytes instead of %s' ELSE 'the full image, %s bytes' END,
			e.bytes, b.size) || CASE WHEN e.wanted IS NOT NULL THEN '; a delta would be asked for' ELSE '' END
		FROM fota.offered_image($1, $2, $3, $4, $5, $6) i
		JOIN fota.blob b ON b.tenant_id = $1 AND b.sha256 = i.payload_sha256
		CROSS JOIN LATERAL fota.choose_encoding($1, $2, $3, i.payload_sha256, false) e
		LIMIT 1);
END
$$;

COMMENT ON FUNCTION fota.say_encoding(int, bigint, text, bigint, text, text) IS
	'How the image of a decision would travel to the device.';
