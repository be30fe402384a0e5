-- SPDX-License-Identifier: PostgreSQL
--
-- fota.wave_of: the first open wave of a rule that exposes the device; NULL = none does. 0 is
-- that of a rule without waves.

CREATE OR REPLACE FUNCTION fota.wave_of(tenant_id int, rule_id bigint, device_id bigint)
RETURNS int
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_wave fota.rollout_state;
	v_device record;
	v_hash bigint;
BEGIN
	SELECT d.name, d.model, coalesce(d.year, -1) AS year, r.seed INTO v_device
	FROM fota.device d
	JOIN fota.rule r ON r.tenant_id = $1 AND r.rule_id = $2
	WHERE d.tenant_id = $1 AND d.device_id = $3;
	v_hash := fota.name_hash(v_device.seed, v_device.name);
	FOR v_wave IN SELECT s.* FROM fota.rollout_state s
		WHERE s.tenant_id = $1 AND s.rule_id = $2 ORDER BY s.wave
	LOOP
		IF v_wave.filter IS NOT NULL THEN
			IF fota.passes_filters($1, $3, ARRAY[v_wave.filter]) THEN
				RETURN v_wave.wave;
			END IF;
		ELSIF v_wave.per_stratum THEN
			IF EXISTS (SELECT FROM fota.rollout_stratum t WHERE t.tenant_id = $1 AND t.rule_id = $2
				AND t.wave = v_wave.wave AND t.model = v_device.model AND t.year = v_device.year
				AND v_hash <= t.threshold) THEN
				RETURN v_wave.wave;
			END IF;
		ELSIF v_hash % 10000 < v_wave.percent * 100 THEN
			RETURN v_wave.wave;
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.wave_of(int, bigint, bigint) IS 'First open wave of a rule that exposes the device; NULL = none.';
