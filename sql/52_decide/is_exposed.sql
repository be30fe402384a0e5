-- SPDX-License-Identifier: PostgreSQL
--
-- fota.is_exposed: has the rollout of an active rule come as far as this device? One open wave
-- that takes it in is enough; a rule that keeps no waves exposes all.

CREATE OR REPLACE FUNCTION fota.is_exposed(device fota.device_case, rule_id bigint, seed text)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_wave record;
	v_none boolean := true;
BEGIN
	-- Most rules are open to all, by one row or by none.
	IF (SELECT coalesce(bool_or(coalesce(s.percent, 0) = 100 AND NOT s.per_stratum), true) FROM fota.rollout_state s
		WHERE s.tenant_id = ($1).tenant_id AND s.rule_id = $2) THEN
		RETURN true;
	END IF;
	FOR v_wave IN
		SELECT s.wave, s.percent, s.filter, s.per_stratum
		FROM fota.rollout_state s
		WHERE s.tenant_id = ($1).tenant_id AND s.rule_id = $2
		ORDER BY s.wave
	LOOP
		v_none := false;
		IF v_wave.filter IS NOT NULL THEN
			IF fota.filter_matches(v_wave.filter, fota.device_document(($1).tenant_id, ($1).device_id)) THEN
				RETURN true;
			END IF;
		ELSIF v_wave.per_stratum THEN
			IF EXISTS (
				SELECT FROM fota.rollout_stratum x
				WHERE x.tenant_id = ($1).tenant_id AND x.rule_id = $2 AND x.wave = v_wave.wave
					AND x.model = ($1).model AND x.year = coalesce(($1).year, -1)
					AND fota.name_hash($3, ($1).name) <= x.threshold) THEN
				RETURN true;
			END IF;
		ELSIF v_wave.percent >= 100 OR fota.bucket($3, ($1).name) < v_wave.percent * 100 THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN v_none;
END
$$;

COMMENT ON FUNCTION fota.is_exposed(fota.device_case, bigint, text) IS
	'Has the rollout of an active rule come as far as this device?';
