-- SPDX-License-Identifier: PostgreSQL
--
-- fota.devices_of: the devices that a rule, in any state, is about: those in its scope that pass
-- its versions and filter, whether its rollout exposes them at that time, by which wave, what the
-- rule decides for them, and what it has brought about. An instant before now() is told as it was then.

CREATE OR REPLACE FUNCTION fota.devices_of(rule text, at timestamptz DEFAULT now())
RETURNS TABLE (device text, model text, wave int, component text, verdict text, reason text, has text, version text,
	started_at timestamptz, succeeded_at timestamptz, failed_at timestamptz, lost_at timestamptz)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_former text;
BEGIN
	IF $2 < now() THEN
		v_former := fota_past.as_of(v_tenant, fota.epoch_at(v_tenant, $2), $2);
		RETURN QUERY SELECT o.* FROM fota_past.rule_outlook(v_tenant, $1, $2) o;
		PERFORM fota_past.as_of(v_former);
	ELSE
		RETURN QUERY SELECT o.* FROM fota.rule_outlook(v_tenant, $1, $2) o;
	END IF;
END
$$;

COMMENT ON FUNCTION fota.devices_of(text, timestamptz) IS
	'The devices that a rule is about: their wave, what the rule decides for them, what it has brought about.';
