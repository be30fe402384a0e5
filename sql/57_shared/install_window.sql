-- SPDX-License-Identifier: PostgreSQL
--
-- fota.install_window: the window in which a component may be installed, in seconds from an
-- instant; closes_in NULL: it does not close. Both NULL: there is no window, or no component.

CREATE OR REPLACE FUNCTION fota.install_window(tenant_id int, device_id bigint, component text, at timestamptz,
	OUT opens_in int, OUT closes_in int)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
	IF $3 IS NULL THEN
		RETURN;
	END IF;
	SELECT CASE WHEN r.not_before = 'infinity' THEN 2147483647
			WHEN r.not_before > $4 THEN ceil(least(2147483647, extract(epoch FROM r.not_before - $4))) END,
		floor(least(2147483647, extract(epoch FROM r.not_after - $4)))
	INTO opens_in, closes_in
	FROM fota.resolve($1, $2, $4) r
	WHERE r.component = $3 COLLATE "C" AND r.verdict IN ('install', 'remove')
		AND (r.not_before > $4 OR r.not_after IS NOT NULL);
	IF closes_in IS NOT NULL THEN
		opens_in := coalesce(opens_in, 0);
	END IF;
END
$$;

COMMENT ON FUNCTION fota.install_window(int, bigint, text, timestamptz) IS
	'The window in which a component may be installed, in seconds from an instant.';
