-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ddi_chunks: the `chunks` of a DDI deployment: one chunk per item of the action,
-- in the order of installing, each with the one artifact that it travels as; its part is the
-- component, or the name that the class of the client insists on. Only a delta
-- has metadata: what it starts from and what must come out.

CREATE OR REPLACE FUNCTION fota.ddi_chunks(tenant_id int, device_id bigint, action int, base text)
RETURNS json
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	RETURN (
		SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
			'part', coalesce(k.chunk_name, i.component),
			'version', i.version, 'name', i.component,
			'artifacts', json_build_array(json_build_object(
				'filename', n.name,
				'hashes', json_build_object('sha1', encode(b.sha1, 'hex'),
					'md5', encode(b.md5, 'hex'), 'sha256', encode(b.sha256, 'hex')),
				'size', b.size,
				'_links', fota.ddi_links($4 || '/softwaremodules/' || $3 || '-' || i.item
					|| '/artifacts/' || n.name))),
			'metadata', CASE WHEN i.format[1] > 0 THEN json_build_array(
				json_build_object('key', 'delta.format', 'value', 'bsdiff40'),
				json_build_object('key', 'delta.base.sha256', 'value', encode(i.base, 'hex')),
				json_build_object('key', 'target.sha256', 'value', encode(i.payload_sha256, 'hex')))
				END))
			ORDER BY i.item), '[]')
		FROM fota.action_item i
		JOIN fota.blob b ON b.tenant_id = $1 AND b.sha256 = i.transfer_sha256
		LEFT JOIN fota.image m ON m.tenant_id = $1 AND m.model = i.image_model
			AND m.component = i.component AND m.version = i.version AND m.build = i.build
		LEFT JOIN LATERAL (
			SELECT k.chunk_name
			FROM fota.device d
			JOIN fota.model p ON p.tenant_id = $1 AND p.model = d.model
			JOIN fota.client_class k ON k.tenant_id IN (0, $1) AND k.client_class = p.client_class
			WHERE d.tenant_id = $1 AND d.device_id = $2
			ORDER BY k.tenant_id DESC
			LIMIT 1) k ON true
		CROSS JOIN LATERAL fota.file_name(m.metadata, i.component, i.version, i.format) n (name)
		WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3 AND i.verb = 'install');
END
$$;

COMMENT ON FUNCTION fota.ddi_chunks(int, bigint, int, text) IS
	'The chunks of a DDI deployment: one per item, with the artifact that it travels as.';
