-- SPDX-License-Identifier: PostgreSQL
--
-- fota.put_image: adds the row of an image. One that was refused before makes room for it;
-- any other of the same version and build is an error, since devices may have it.

CREATE OR REPLACE FUNCTION fota.put_image(image fota.image)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_there fota.image;
BEGIN
	SELECT i.* INTO v_there FROM fota.image i
	WHERE i.tenant_id = ($1).tenant_id AND i.model = ($1).model AND i.component = ($1).component
		AND i.version = ($1).version AND i.build = ($1).build
	FOR UPDATE;
	IF v_there.state = 'refused' THEN
		UPDATE fota.image i
		SET state = ($1).state, sha256 = ($1).sha256, payload_sha256 = ($1).payload_sha256,
			content_id = ($1).content_id, format = ($1).format, size = ($1).size, hw = ($1).hw,
			slot = ($1).slot, requires = ($1).requires, floor = ($1).floor,
			security_fix = ($1).security_fix, vulnerable = ($1).vulnerable,
			min_battery = ($1).min_battery, mains = ($1).mains, metadata = ($1).metadata,
			warnings = ($1).warnings, error = NULL, job_id = ($1).job_id, added_at = ($1).added_at
		WHERE i.tenant_id = ($1).tenant_id AND i.model = ($1).model AND i.component = ($1).component
			AND i.version = ($1).version AND i.build = ($1).build;
		RETURN;
	ELSIF FOUND THEN
		RAISE EXCEPTION 'there is an image of % % % already', ($1).model, ($1).component,
			($1).version || CASE ($1).build WHEN '' THEN '' ELSE ' build ' || ($1).build END
			USING ERRCODE = '23505', TABLE = 'image', CONSTRAINT = 'image_pkey',
				DETAIL = format('It is %s%s.', v_there.state, CASE WHEN v_there.sha256 = ($1).sha256
					THEN ', of the same file' ELSE '' END),
				HINT = 'A version never changes once it is published: give the file a new version, or a build.';
	END IF;
	INSERT INTO fota.image VALUES (($1).*);
END
$$;

COMMENT ON FUNCTION fota.put_image(fota.image) IS
	'Adds the row of an image, in the place of one that was refused.';
