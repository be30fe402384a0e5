-- SPDX-License-Identifier: PostgreSQL
--
-- fota.explain: why a device must have what it must have: per component a row for each rule that
-- names it, best first: its tests with their values and outcomes, whether it won, and why not.
-- The row of the winner has the verdict. Rules whose scope does not cover the device come last, at
-- most 20 per component, those first that miss it by least. A component that no rule names has one
-- row without a rule. An instant before now() is told as it was then.

CREATE OR REPLACE FUNCTION fota.explain(device text, at timestamptz DEFAULT now())
RETURNS TABLE (component text, place int, rule text, release text, level int, priority int, tests text[],
	in_force boolean, won boolean, why text, verdict text, reason text, has text, version text, target text,
	not_before timestamptz, encoding text)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_id bigint := fota.find_device(v_tenant, $1);
	v_former text;
BEGIN
	IF $2 < now() THEN
		v_former := fota_past.as_of(v_tenant, fota.epoch_at(v_tenant, $2), $2);
		RETURN QUERY SELECT e.* FROM fota_past.explain_device(v_tenant, v_id, $2) e;
		PERFORM fota_past.as_of(v_former);
	ELSE
		RETURN QUERY SELECT e.* FROM fota.explain_device(v_tenant, v_id, $2) e;
	END IF;
END
$$;

COMMENT ON FUNCTION fota.explain(text, timestamptz) IS
	'Why a device must have what it must have: per component each rule that names it, its tests, and why it won or lost.';
