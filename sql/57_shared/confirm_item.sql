-- SPDX-License-Identifier: PostgreSQL
--
-- fota.confirm_item: an item is done. What the device has is its target; where the
-- device itself has not said so, we say it, and its tag changes, so that it sends them again.

CREATE OR REPLACE FUNCTION fota.confirm_item(tenant_id int, device_id bigint, action int, item int,
	at timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_item fota.action_item;
BEGIN
	IF NOT fota.move_item($1, $2, $3, $4, 'confirmed', NULL, NULL, $5) THEN
		RETURN;
	END IF;
	SELECT i.* INTO v_item FROM fota.action_item i
	WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3 AND i.item = $4;

	INSERT INTO fota.device_contents AS h
		(tenant_id, device_id, component, present, version, digest, slot, reported_at)
	VALUES ($1, $2, v_item.component, v_item.verb = 'install', v_item.version, NULL, NULL, $5)
	ON CONFLICT (tenant_id, device_id, component) DO UPDATE
	SET present = excluded.present, version = excluded.version, digest = NULL,
		reported_at = excluded.reported_at
	WHERE h.present <> excluded.present
		OR h.digest IS NULL AND h.version IS DISTINCT FROM excluded.version
		OR h.digest IS NOT NULL AND NOT fota.digest_identifies($1, v_item.image_model,
			v_item.component, v_item.version, v_item.build, v_item.payload_sha256, h.digest);
	IF FOUND THEN
		PERFORM fota.refresh_tag($1, $2);
	END IF;
END
$$;

COMMENT ON FUNCTION fota.confirm_item(int, bigint, int, int, timestamptz) IS
	'An item is done: its target is what the device has.';
