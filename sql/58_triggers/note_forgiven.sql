-- SPDX-License-Identifier: PostgreSQL
--
-- A failure that fota.clear_failures takes back can alter a decision: it counts as a change
-- of the catalogue.

CREATE TRIGGER zz_note_change AFTER UPDATE OF forgiven ON fota.action_item
	FOR EACH ROW WHEN (OLD.forgiven <> NEW.forgiven)
	EXECUTE FUNCTION fota.note_change('device_id', 'action', 'item');
COMMENT ON TRIGGER zz_note_change ON fota.action_item IS 'A failure that is taken back raises the epoch.';
