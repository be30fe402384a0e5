-- SPDX-License-Identifier: PostgreSQL
--
-- The tables whose rows can alter a decision, with the columns of their keys after
-- tenant_id: each gets the triggers that write versions and raise the epoch, and refuses TRUNCATE.
-- Of a delta only its state counts.

DO $$
DECLARE
	v_table text[];
	v_event text;
BEGIN
	FOREACH v_table SLICE 1 IN ARRAY ARRAY[
		['tenant', '''tenant_id'''],
		['setting', '''name'''],
		['client_class', '''client_class'''],
		['model', '''model'''],
		['component', '''model'', ''component'''],
		['image', '''model'', ''component'', ''version'', ''build'''],
		['image_digest', '''model'', ''component'', ''version'', ''build'', ''kind'''],
		['release', '''release'''],
		['release_item', '''release'', ''model'', ''component'''],
		['rule', '''rule_id'''],
		['rule_device', '''rule_id'', ''device_id'''],
		['rule_window', '''rule_id'', ''days'', ''opens'', ''closes'''],
		['rollout', '''rule_id'''],
		['wave', '''rule_id'', ''wave'''],
		['rollout_state', '''rule_id'', ''wave'''],
		['rollout_stratum', '''rule_id'', ''wave'', ''model'', ''year''']]
	LOOP
		FOREACH v_event IN ARRAY '{INSERT,UPDATE,DELETE}'::text[] LOOP
			EXECUTE format('CREATE TRIGGER zz_note_%s AFTER %s ON fota.%I REFERENCING %s
				FOR EACH STATEMENT EXECUTE FUNCTION fota.note_changes(%s)', lower(v_event), v_event, v_table[1],
				CASE v_event WHEN 'INSERT' THEN 'NEW TABLE AS new_rows' WHEN 'DELETE' THEN 'OLD TABLE AS old_rows'
					ELSE 'OLD TABLE AS old_rows NEW TABLE AS new_rows' END, v_table[2]);
			EXECUTE format('COMMENT ON TRIGGER zz_note_%s ON fota.%I IS %L', lower(v_event), v_table[1],
				'Writes versions of the rows and raises the epoch at commit.');
		END LOOP;
		EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON fota.%I
			FOR EACH STATEMENT EXECUTE FUNCTION fota.refuse_truncate()', v_table[1]);
		EXECUTE format('COMMENT ON TRIGGER refuse_truncate ON fota.%I IS %L', v_table[1],
			'TRUNCATE would leave no trace in the history.');
	END LOOP;
END
$$;

CREATE TRIGGER zz_note_change AFTER UPDATE ON fota.delta
	FOR EACH ROW WHEN (OLD.state <> NEW.state)
	EXECUTE FUNCTION fota.note_change('source', 'target', 'format');
COMMENT ON TRIGGER zz_note_change ON fota.delta IS
	'A delta that becomes ready, fails or is withdrawn can alter decisions.';
CREATE TRIGGER zz_note_insert AFTER INSERT ON fota.delta
	FOR EACH ROW WHEN (NEW.state = 'ready')
	EXECUTE FUNCTION fota.note_change('source', 'target', 'format');
COMMENT ON TRIGGER zz_note_insert ON fota.delta IS 'A delta that is ready at once.';
CREATE TRIGGER zz_note_delete AFTER DELETE ON fota.delta
	FOR EACH ROW WHEN (OLD.state = 'ready')
	EXECUTE FUNCTION fota.note_change('source', 'target', 'format');
COMMENT ON TRIGGER zz_note_delete ON fota.delta IS 'A delta that was ready is gone.';
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON fota.delta
	FOR EACH STATEMENT EXECUTE FUNCTION fota.refuse_truncate();
COMMENT ON TRIGGER refuse_truncate ON fota.delta IS 'TRUNCATE would leave no trace in the history.';
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON fota.device
	FOR EACH STATEMENT EXECUTE FUNCTION fota.refuse_truncate();
COMMENT ON TRIGGER refuse_truncate ON fota.device IS 'TRUNCATE would leave no trace in the history.';
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON fota.credential
	FOR EACH STATEMENT EXECUTE FUNCTION fota.refuse_truncate();
COMMENT ON TRIGGER refuse_truncate ON fota.credential IS 'Front-ends would go on trusting what they remember.';
