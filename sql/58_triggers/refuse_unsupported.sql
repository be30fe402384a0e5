-- SPDX-License-Identifier: PostgreSQL
--
-- fota.refuse_unsupported: tables and columns that this version keeps a place for but does
-- not honour: better refused when set than silently ignored.

CREATE OR REPLACE FUNCTION fota.refuse_unsupported()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	RAISE EXCEPTION 'fota.%: % not supported by this version', TG_TABLE_NAME, TG_ARGV[0]
		USING ERRCODE = '0A000', DETAIL = 'The resolver would ignore it.', HINT = TG_ARGV[1];
END
$$;

COMMENT ON FUNCTION fota.refuse_unsupported() IS 'Trigger: refuses what is not honoured yet.';

CREATE TRIGGER refuse_unsupported BEFORE INSERT ON fota.rule_window FOR EACH ROW
	EXECUTE FUNCTION fota.refuse_unsupported('windows are', 'Limit the rule by active_during.');
COMMENT ON TRIGGER refuse_unsupported ON fota.rule_window IS 'Not honoured yet.';
CREATE TRIGGER refuse_unsupported BEFORE INSERT OR UPDATE ON fota.image FOR EACH ROW
	WHEN (NEW.requires IS NOT NULL OR NEW.floor OR NEW.slot IS NOT NULL)
	EXECUTE FUNCTION fota.refuse_unsupported('requires, floor and slot are', 'Leave them out.');
COMMENT ON TRIGGER refuse_unsupported ON fota.image IS 'Not honoured yet.';
CREATE TRIGGER refuse_unsupported BEFORE INSERT OR UPDATE ON fota.component FOR EACH ROW
	WHEN (NEW.joint)
	EXECUTE FUNCTION fota.refuse_unsupported('joint is', 'Leave it out.');
COMMENT ON TRIGGER refuse_unsupported ON fota.component IS 'Not honoured yet.';
