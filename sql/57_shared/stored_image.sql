-- SPDX-License-Identifier: PostgreSQL
--
-- fota.stored_image: the published or withdrawn image of the caller's tenant that has this SHA-256, of its file or of
-- its payload; an error when there is none.

CREATE OR REPLACE FUNCTION fota.stored_image(sha256 bytea)
RETURNS fota.image
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_image fota.image;
BEGIN
	SELECT i.* INTO v_image FROM fota.image i
	WHERE i.tenant_id = v_tenant AND i.sha256 = $1 AND i.payload_sha256 IS NOT NULL
	ORDER BY i.added_at, i.model, i.component, i.version, i.build LIMIT 1;
	IF NOT FOUND THEN
		SELECT i.* INTO v_image FROM fota.image i
		WHERE i.tenant_id = v_tenant AND i.payload_sha256 = $1
		ORDER BY i.added_at, i.model, i.component, i.version, i.build LIMIT 1;
	END IF;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no image with SHA-256 %', coalesce(encode($1, 'hex'), 'NULL')
			USING ERRCODE = 'P0002', DETAIL = 'Neither as file nor as payload.',
				HINT = 'SELECT sha256, payload_sha256 FROM fota.image lists them.';
	END IF;
	RETURN v_image;
END
$$;

COMMENT ON FUNCTION fota.stored_image(bytea) IS 'The image whose file or payload has this SHA-256.';
