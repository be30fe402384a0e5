-- SPDX-License-Identifier: PostgreSQL
--
-- fota.offered_image: the image that a row of resolve means: the build of the version, of
-- the device's own model if the rule's release names the component for that, else of model '*'.

CREATE OR REPLACE FUNCTION fota.offered_image(tenant_id int, device_id bigint, component text,
	rule_id bigint, version text, build text)
RETURNS SETOF fota.image
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT i.*
	FROM fota.device d
	JOIN fota.rule r ON r.tenant_id = $1 AND r.rule_id = $4
	JOIN fota.release_item n ON n.tenant_id = $1 AND n.release = r.release
		AND n.model IN (d.model, '*') AND n.component = $3
	JOIN fota.image i ON i.tenant_id = $1 AND i.model = n.model AND i.component = $3
		AND i.version = $5
	WHERE d.tenant_id = $1 AND d.device_id = $2 AND i.build = $6
		AND (n.model <> '*' OR NOT EXISTS (SELECT FROM fota.release_item o WHERE o.tenant_id = $1
			AND o.release = r.release AND o.model = d.model AND o.component = $3))
	LIMIT 1;
END
$$;

COMMENT ON FUNCTION fota.offered_image(int, bigint, text, bigint, text, text) IS
	'The image behind a row of resolve.';
