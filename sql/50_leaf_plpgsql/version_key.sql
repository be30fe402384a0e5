-- SPDX-License-Identifier: PostgreSQL
--
-- fota.version_key: sort key of a version, to be compared COLLATE "C". The layout of the
-- key is told in extension/core/version.h.

CREATE OR REPLACE FUNCTION fota.version_key(text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
	v_parts text[];
	v_number text;
	v_list text;
	v_key text := '1';
	v_1 text;
	v_2 text;
	v_3 text;
	v_4 text;
BEGIN
	-- Most versions are two to four numbers; without their parts being taken apart one by one this is four times as fast.
	IF $1 ~ '^[0-9]+(\.[0-9]+)+$' AND length($1) < 100 AND split_part($1, '.', 5) = '' THEN
		v_1 := ltrim(split_part($1, '.', 1), '0');
		v_2 := ltrim(split_part($1, '.', 2), '0');
		v_3 := ltrim(split_part($1, '.', 3), '0');
		v_4 := ltrim(split_part($1, '.', 4), '0');
		RETURN '1' || lpad(length(v_1)::text, 2, '0') || v_1 || lpad(length(v_2)::text, 2, '0') || v_2
			|| lpad(length(v_3)::text, 2, '0') || v_3 || lpad(length(v_4)::text, 2, '0') || v_4 || '0000020';
	END IF;
	v_parts := regexp_match($1, '^[vV]?'
		'(?:([0-9]{4})-([0-9]{2})-([0-9]{2})|([0-9]+(?:\.[0-9]+){1,5}))'
		'([A-Za-z])?'
		'(-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?'
		'(\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$');
	IF v_parts IS NULL THEN
		RETURN '0' || $1;
	END IF;

	FOREACH v_number IN ARRAY (coalesce(string_to_array(v_parts[4], '.'), v_parts[1:3])
			|| '{0,0,0,0,0}'::text[])[1:6] LOOP
		v_number := ltrim(v_number, '0');
		IF length(v_number) > 99 THEN
			RETURN '0' || $1;
		END IF;
		v_key := v_key || lpad(length(v_number)::text, 2, '0') || v_number;
	END LOOP;
	v_key := v_key || coalesce(v_parts[5], '0');

	-- The pre-release and the build: '-a.b' and '+c.d', a list each; '2' where there is no pre-release.
	IF v_parts[6] IS NULL THEN
		v_key := v_key || '2';
	END IF;
	FOREACH v_list IN ARRAY array_remove(ARRAY[v_parts[6], coalesce(v_parts[7], '+')], NULL) LOOP
		IF v_list LIKE '-%' THEN
			v_key := v_key || '1';
		END IF;
		FOREACH v_number IN ARRAY string_to_array(substr(v_list, 2), '.') LOOP
			IF v_number !~ '^[0-9]+$' THEN
				v_key := v_key || '2' || v_number || '!';
			ELSE
				v_number := ltrim(v_number, '0');
				IF length(v_number) > 99 THEN
					RETURN '0' || $1;
				END IF;
				v_key := v_key || '1' || lpad(length(v_number)::text, 2, '0') || v_number;
			END IF;
		END LOOP;
		v_key := v_key || '0';
	END LOOP;
	RETURN v_key;
END
$$;

COMMENT ON FUNCTION fota.version_key(text) IS
	'Sort key of a version, to be compared COLLATE "C".';
