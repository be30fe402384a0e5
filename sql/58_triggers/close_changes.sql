-- SPDX-License-Identifier: PostgreSQL
--
-- fota.close_changes: deferred trigger of fota.change. At commit it raises the epoch of
-- every tenant that the transaction changed, in order of tenant_id (so that two
-- transactions cannot wait for each other), fills epoch and time under the lock of the
-- epoch row, and writes the audit row. The first of a transaction does it for all. Before that
-- it judges what was changed: no trigger of its own does, which SET CONSTRAINTS could have
-- fired before the last change. For the same reason none is taken while constraints are immediate.

CREATE OR REPLACE FUNCTION fota.close_changes()
RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v_change fota.change;
	v_relations jsonb;
	v_last bytea;
	v_text text;
BEGIN
	FOR v_change IN
		SELECT c.* FROM fota.change c WHERE c.epoch IS NULL ORDER BY c.tenant_id
	LOOP
		IF NOT EXISTS (SELECT FROM fota.row_version v
			WHERE v.tenant_id = v_change.tenant_id AND v.change_no = v_change.change_no) THEN
			RAISE EXCEPTION 'the catalogue cannot be changed while constraints are immediate'
				USING ERRCODE = '0A000', DETAIL = 'A change is judged as a whole, at its end.',
					HINT = 'SET CONSTRAINTS ALL DEFERRED before, or IMMEDIATE only after the last change.';
		END IF;
		PERFORM fota.check_approvals(v_change);
		PERFORM fota.check_changed_rules(v_change);
	END LOOP;
	FOR v_change IN
		SELECT c.* FROM fota.change c WHERE c.epoch IS NULL ORDER BY c.tenant_id
	LOOP
		UPDATE fota.epoch e SET epoch = e.epoch + 1 WHERE e.tenant_id = v_change.tenant_id
		RETURNING e.epoch INTO v_change.epoch;
		v_change.at := clock_timestamp();
		UPDATE fota.change c SET epoch = v_change.epoch, at = v_change.at
		WHERE c.tenant_id = v_change.tenant_id AND c.change_no = v_change.change_no;

		SELECT jsonb_object_agg(r.relation, r.rows) INTO v_relations
		FROM (SELECT v.relation, count(*) AS rows FROM fota.row_version v
			WHERE v.tenant_id = v_change.tenant_id AND v.change_no = v_change.change_no
			GROUP BY v.relation) r;
		SELECT a.hash INTO v_last FROM fota.audit a
		WHERE a.tenant_id = v_change.tenant_id ORDER BY a.epoch DESC LIMIT 1;
		v_text := concat_ws(' ', v_change.tenant_id, v_change.epoch, v_change.change_no,
			extract(epoch FROM v_change.at), session_user, v_relations);
		INSERT INTO fota.audit (tenant_id, epoch, change_no, at, login, application, relations, hash)
		VALUES (v_change.tenant_id, v_change.epoch, v_change.change_no, v_change.at, session_user,
			current_setting('application_name'), v_relations,
			sha256(coalesce(v_last, '') || convert_to(v_text, 'UTF8')));
		INSERT INTO fota.device_change (tenant_id, kind, id) VALUES (v_change.tenant_id, 'tenant', 0);
	END LOOP;
	RETURN NULL;
END
$$;

COMMENT ON FUNCTION fota.close_changes() IS
	'Deferred trigger: raises epochs, fills fota.change, writes fota.audit.';

CREATE CONSTRAINT TRIGGER close_changes AFTER INSERT ON fota.change
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fota.close_changes();
COMMENT ON TRIGGER close_changes ON fota.change IS 'Raises the epoch at commit.';
