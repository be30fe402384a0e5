-- SPDX-License-Identifier: PostgreSQL
--
-- fota_device."grant": the blob that an item of the device's own open action travels as.
-- A device is served only what an open action of its own grants; a gateway also what its
-- children's grant.

CREATE OR REPLACE FUNCTION fota_device."grant"(tenant_id int, device_id bigint, action int, item int,
	child text, at timestamptz)
RETURNS TABLE (status text, sha256 bytea, size bigint, media_type text, file_name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_before text := coalesce(current_setting('fota.tenant', true), '');
	v_device bigint := $2;
	v_grant record;
BEGIN
	PERFORM set_config('fota.tenant', coalesce($1::text, ''), true);
	IF $5 IS NOT NULL THEN
		v_device := fota.child_of($1, $2, $5);
	END IF;
	SELECT i.transfer_sha256, i.transfer_bytes,
		fota.file_name(m.metadata, i.component, i.version, i.format) AS file_name
	INTO v_grant
	FROM fota.action a
	JOIN fota.action_item i ON i.tenant_id = $1 AND i.device_id = a.device_id
		AND i.action = a.action
	LEFT JOIN fota.image m ON m.tenant_id = $1 AND m.model = i.image_model
		AND m.component = i.component AND m.version = i.version AND m.build = i.build
	WHERE a.tenant_id = $1 AND a.device_id = v_device AND a.action = $3
		AND a.state IN ('open', 'superseded') AND i.item = $4 AND i.transfer_sha256 IS NOT NULL
		AND i.state IN ('offered', 'downloading', 'downloaded', 'installing', 'installed');
	PERFORM set_config('fota.tenant', v_before, true);

	RETURN QUERY SELECT CASE WHEN v_grant.transfer_sha256 IS NULL THEN 'not_granted' ELSE 'ok' END,
		v_grant.transfer_sha256, v_grant.transfer_bytes, 'application/octet-stream',
		v_grant.file_name;
END
$$;

COMMENT ON FUNCTION fota_device."grant"(int, bigint, int, int, text, timestamptz) IS
	'The blob that an item of the device''s open action travels as, or not_granted.';
