-- SPDX-License-Identifier: PostgreSQL
--
-- fota.load_rule: rules as COPY brings them, each a draft. NULL = the default of fota.rule;
-- devices are the names of those that the rule is narrowed to.

CREATE VIEW fota.load_rule WITH (security_barrier) AS
SELECT r.tenant_id, r.name, r.release, r.model, r.years, r.batch, r.serial_from, r.serial_to,
	r.versions, r.filter, r.active_during, r.priority, r.mode, r.max_postpone, r.allow_downgrade, r.max_attempts,
	r.download_in_window, r.wait_for_delta, r.poll_every, r.poll_active,
	(SELECT array_agg(d.name ORDER BY d.name) FROM fota.rule_device x
		JOIN fota.device d ON d.tenant_id = x.tenant_id AND d.device_id = x.device_id
		WHERE x.tenant_id = r.tenant_id AND x.rule_id = r.rule_id) AS devices
FROM fota.rule r
WHERE fota.may_see(r.tenant_id);

COMMENT ON VIEW fota.load_rule IS 'Bulk loading of rules by COPY or INSERT.';
COMMENT ON COLUMN fota.load_rule.tenant_id IS 'Tenant; NULL = that of the caller.';
COMMENT ON COLUMN fota.load_rule.name IS 'Name of the rule.';
COMMENT ON COLUMN fota.load_rule.release IS 'What the devices must have.';
COMMENT ON COLUMN fota.load_rule.model IS 'Scope: model.';
COMMENT ON COLUMN fota.load_rule.years IS 'Scope: years of manufacture.';
COMMENT ON COLUMN fota.load_rule.batch IS 'Scope: batch.';
COMMENT ON COLUMN fota.load_rule.serial_from IS 'Scope: first serial.';
COMMENT ON COLUMN fota.load_rule.serial_to IS 'Scope: last serial.';
COMMENT ON COLUMN fota.load_rule.versions IS 'Test: ranges per component.';
COMMENT ON COLUMN fota.load_rule.filter IS 'Test: jsonpath on the device document.';
COMMENT ON COLUMN fota.load_rule.active_during IS 'When it holds.';
COMMENT ON COLUMN fota.load_rule.priority IS 'Among rules of one level the highest wins; NULL = 0.';
COMMENT ON COLUMN fota.load_rule.mode IS 'NULL = forced.';
COMMENT ON COLUMN fota.load_rule.max_postpone IS 'soft: longest postponement in all.';
COMMENT ON COLUMN fota.load_rule.allow_downgrade IS 'Newer versions are replaced, too; NULL = false.';
COMMENT ON COLUMN fota.load_rule.max_attempts IS 'Failures before it is blocked; NULL = 3.';
COMMENT ON COLUMN fota.load_rule.download_in_window IS 'Download within windows only; NULL = false.';
COMMENT ON COLUMN fota.load_rule.wait_for_delta IS 'Wait for a delta; NULL = false.';
COMMENT ON COLUMN fota.load_rule.poll_every IS 'Instead of that of the model.';
COMMENT ON COLUMN fota.load_rule.poll_active IS 'Instead of that of the model.';
COMMENT ON COLUMN fota.load_rule.devices IS 'Names of the devices that it is narrowed to; NULL = none.';

CREATE OR REPLACE FUNCTION fota.load_rule()
RETURNS trigger
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := coalesce(NEW.tenant_id, fota.current_tenant());
	v_rule bigint;
BEGIN
	INSERT INTO fota.rule (tenant_id, name, release, model, years, batch, serial_from, serial_to,
		versions, filter, active_during, priority, mode, max_postpone, allow_downgrade, max_attempts,
		download_in_window, wait_for_delta, poll_every, poll_active)
	VALUES (v_tenant, NEW.name, NEW.release, nullif(NEW.model, '*'), NEW.years, NEW.batch,
		NEW.serial_from, NEW.serial_to, NEW.versions, NEW.filter, NEW.active_during, coalesce(NEW.priority, 0),
		coalesce(NEW.mode, 'forced'), NEW.max_postpone, coalesce(NEW.allow_downgrade, false),
		coalesce(NEW.max_attempts, 3), coalesce(NEW.download_in_window, false), coalesce(NEW.wait_for_delta, false), NEW.poll_every,
		NEW.poll_active)
	RETURNING rule_id INTO v_rule;
	INSERT INTO fota.rule_device (tenant_id, rule_id, device_id)
	SELECT DISTINCT v_tenant, v_rule, fota.find_device(v_tenant, n) FROM unnest(NEW.devices) n;
	NEW.tenant_id := v_tenant;
	RETURN NEW;
END
$$;

COMMENT ON FUNCTION fota.load_rule() IS 'Trigger: a row of fota.load_rule becomes a draft.';

CREATE TRIGGER load_rule INSTEAD OF INSERT ON fota.load_rule
	FOR EACH ROW EXECUTE FUNCTION fota.load_rule();
COMMENT ON TRIGGER load_rule ON fota.load_rule IS 'Inserts the draft and the devices it is narrowed to.';
