-- SPDX-License-Identifier: PostgreSQL
--
-- fota.ddi_poll_body: polling time as HH:MM:SS and at most one of deploymentBase and
-- cancelAction, besides installedBase and configData. `c` only makes the body differ when
-- what is offered differs; the cancel link has no query, since a client appends to it. While a
-- window of the rules is still to open there is no deploymentBase: these clients install at once.

CREATE OR REPLACE FUNCTION fota.ddi_poll_body(tenant_id int, device_id bigint, action int, base text,
	next int, at timestamptz)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_open text := fota.ddi_open($1, $2, $3);
	v_links jsonb := '{}';
	v_mark text;
	v_installed int;
BEGIN
	IF v_open = 'deploy' AND NOT EXISTS (
		SELECT FROM fota.action_item i, fota.install_window($1, $2, i.component, $6) w
		WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3 AND w.opens_in > 0
			AND i.state IN ('offered', 'downloading', 'downloaded')) THEN
		SELECT ('x' || left(encode(sha256(convert_to(string_agg(
				concat_ws(' ', i.item, i.try, encode(i.transfer_sha256, 'hex')), ',' ORDER BY i.item),
				'UTF8')), 'hex'), 7))::bit(28)::int::text INTO v_mark
		FROM fota.action_item i
		WHERE i.tenant_id = $1 AND i.device_id = $2 AND i.action = $3;
		v_links := jsonb_build_object('deploymentBase', jsonb_build_object('href',
			$4 || '/deploymentBase/' || $3 || '?c=' || v_mark));
	ELSIF v_open = 'cancel' THEN
		v_links := jsonb_build_object('cancelAction', jsonb_build_object('href',
			$4 || '/cancelAction/' || $3));
	END IF;

	SELECT max(a.action) INTO v_installed FROM fota.action a
	WHERE a.tenant_id = $1 AND a.device_id = $2 AND a.state = 'finished';
	IF v_installed IS NOT NULL THEN
		v_links := v_links || jsonb_build_object('installedBase', jsonb_build_object('href',
			$4 || '/installedBase/' || v_installed));
	END IF;
	IF fota.config_wanted($1, $2) THEN
		v_links := v_links || jsonb_build_object('configData', jsonb_build_object('href',
			$4 || '/configData'));
	END IF;
	RETURN jsonb_build_object('config', jsonb_build_object('polling', jsonb_build_object('sleep',
			to_char(make_interval(secs => $5), 'HH24:MI:SS'))))
		|| CASE WHEN v_links = '{}' THEN '{}' ELSE jsonb_build_object('_links', v_links) END;
END
$$;

COMMENT ON FUNCTION fota.ddi_poll_body(int, bigint, int, text, int, timestamptz) IS
	'Body of the DDI controller resource of a device.';
