-- SPDX-License-Identifier: PostgreSQL
--
-- fota.store_contents: stores what a device says it has. complete: what is not listed
-- is absent (a native inventory); else only the listed components are touched.
-- Returns false, and stores nothing, when the document is not of the form
-- {"component": {"version": text|null, "digest": hex|null, "slot": integer}}.

CREATE OR REPLACE FUNCTION fota.store_contents(tenant_id int, device_id bigint, contents jsonb,
	complete boolean, at timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
	IF jsonb_typeof($3) IS DISTINCT FROM 'object' THEN
		RETURN false;
	END IF;
	IF EXISTS (
		SELECT FROM jsonb_each($3) e
		WHERE CASE WHEN jsonb_typeof(e.value) <> 'object' OR length(e.key) NOT BETWEEN 1 AND 64
			THEN true
			ELSE coalesce(jsonb_typeof(e.value -> 'version'), 'null') NOT IN ('string', 'null')
				OR length(e.value ->> 'version') > 128
				OR coalesce(jsonb_typeof(e.value -> 'digest'), 'null') NOT IN ('string', 'null')
				OR e.value ->> 'digest' !~ '^([0-9a-fA-F]{2}){8,32}$'
				OR coalesce(jsonb_typeof(e.value -> 'slot'), 'null') NOT IN ('number', 'null')
				OR e.value ->> 'slot' !~ '^[0-9]{1,9}$' END)
		OR (SELECT count(*) FROM jsonb_object_keys($3)) > 64 THEN
		RETURN false;
	END IF;

	INSERT INTO fota.device_contents AS h
		(tenant_id, device_id, component, present, version, digest, slot, reported_at)
	SELECT $1, $2, e.key, true, e.value ->> 'version', decode(e.value ->> 'digest', 'hex'),
		(e.value ->> 'slot')::int, $5
	FROM jsonb_each($3) e
	ORDER BY e.key COLLATE "C"
	ON CONFLICT (tenant_id, device_id, component) DO UPDATE
	SET present = true, version = excluded.version, digest = excluded.digest,
		slot = excluded.slot, reported_at = excluded.reported_at;

	IF $4 THEN
		INSERT INTO fota.device_contents AS h
			(tenant_id, device_id, component, present, version, digest, slot, reported_at)
		SELECT $1, $2, c.component, false, NULL, NULL, NULL, $5
		FROM (
			SELECT c.component FROM fota.device d
			JOIN fota.component c ON c.tenant_id = $1 AND c.model = d.model
			WHERE d.tenant_id = $1 AND d.device_id = $2
			UNION
			SELECT h.component FROM fota.device_contents h
			WHERE h.tenant_id = $1 AND h.device_id = $2
		) c
		WHERE NOT $3 ? c.component
		ORDER BY c.component COLLATE "C"
		ON CONFLICT (tenant_id, device_id, component) DO UPDATE
		SET present = false, version = NULL, digest = NULL, slot = NULL,
			reported_at = excluded.reported_at;
	END IF;
	RETURN true;
END
$$;

COMMENT ON FUNCTION fota.store_contents(int, bigint, jsonb, boolean, timestamptz) IS
	'Stores reported contents; false when the document is malformed. complete: unlisted is absent.';
