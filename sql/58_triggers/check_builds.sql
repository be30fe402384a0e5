-- SPDX-License-Identifier: PostgreSQL
--
-- fota.check_builds: at commit, all builds of a version that are not refused require the same and
-- have the same flags, and every floor can be reached: without `from`, from nothing, or from
-- another published version. Runs as the owner, since the worker publishes images, too.

CREATE OR REPLACE FUNCTION fota.check_builds()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	v_image fota.image := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
	v_what text := format('image %s %s %s', v_image.model, v_image.component, v_image.version);
	v_column text;
	v_floor record;
BEGIN
	SELECT CASE WHEN count(DISTINCT coalesce(i.requires, '{}')) > 1 THEN 'requires'
		WHEN bool_or(i.floor) <> bool_and(i.floor) THEN 'floor'
		WHEN bool_or(i.security_fix) <> bool_and(i.security_fix) THEN 'security_fix'
		WHEN bool_or(i.vulnerable) <> bool_and(i.vulnerable) THEN 'vulnerable'
		WHEN count(DISTINCT coalesce(i.min_battery, -1)) > 1 THEN 'min_battery'
		WHEN bool_or(i.mains) <> bool_and(i.mains) THEN 'mains' END
	INTO v_column
	FROM fota.image i
	WHERE i.tenant_id = v_image.tenant_id AND i.model = v_image.model AND i.component = v_image.component
		AND i.version = v_image.version AND i.state <> 'refused';
	IF v_column IS NOT NULL THEN
		RAISE EXCEPTION '%: column % differs between its builds', v_what, v_column
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = 'image', COLUMN = v_column, CONSTRAINT = 'image_builds_alike',
				DETAIL = (SELECT string_agg(format('Build "%s": %s.', i.build, coalesce(to_jsonb(i) ->> v_column, 'NULL')), ' ' ORDER BY i.build)
					FROM fota.image i WHERE i.tenant_id = v_image.tenant_id AND i.model = v_image.model
						AND i.component = v_image.component AND i.version = v_image.version AND i.state <> 'refused'),
				HINT = 'Give all builds of a version the same, in one transaction.';
	END IF;

	SELECT f.version, f.requires ->> 'from' AS needs INTO v_floor
	FROM fota.image f
	WHERE f.tenant_id = v_image.tenant_id AND f.model = v_image.model AND f.component = v_image.component
		AND f.state = 'published' AND f.floor AND NOT fota.may_follow(f.requires, NULL)
		AND NOT EXISTS (
			SELECT FROM fota.image i
			WHERE i.tenant_id = f.tenant_id AND i.model = f.model AND i.component = f.component
				AND i.state = 'published' AND i.version <> f.version AND fota.may_follow(f.requires, i.version))
	ORDER BY f.version
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'image % % %: no update path leads to this floor', v_image.model, v_image.component, v_floor.version
			USING ERRCODE = '23514', SCHEMA = 'fota', TABLE = 'image', COLUMN = 'floor', CONSTRAINT = 'image_floor_reachable',
				DETAIL = format('It is installed only over %s, and no other published version is that.', v_floor.needs),
				HINT = 'Publish such a version in the same transaction, widen "from", or set floor to false.';
	END IF;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.check_builds() IS 'Trigger: builds of a version are alike, and floors can be reached.';

CREATE CONSTRAINT TRIGGER check_builds AFTER INSERT OR UPDATE OF state, requires, floor, security_fix, vulnerable,
	min_battery, mains, version OR DELETE ON fota.image
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fota.check_builds();
COMMENT ON TRIGGER check_builds ON fota.image IS 'Builds of a version are alike, and floors can be reached, at commit.';
