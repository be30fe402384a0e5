-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ddi_links: the links of an artifact. `download-http` is always there, since some
-- clients know no other; `download` when the address is https.

CREATE OR REPLACE FUNCTION fota.ddi_links(url text)
RETURNS json
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	IF $1 LIKE 'https:%' THEN
		RETURN json_build_object(
			'download', json_build_object('href', $1),
			'md5sum', json_build_object('href', $1 || '.MD5SUM'),
			'download-http', json_build_object('href', $1),
			'md5sum-http', json_build_object('href', $1 || '.MD5SUM'));
	END IF;
	RETURN json_build_object(
		'download-http', json_build_object('href', $1),
		'md5sum-http', json_build_object('href', $1 || '.MD5SUM'));
END
$$;

COMMENT ON FUNCTION fota.ddi_links(text) IS 'The _links of a DDI artifact.';
