-- SPDX-License-Identifier: PostgreSQL
--
-- The catalogue as it was: for each table that decisions read a function of its name, which gives the
-- newest version of each row up to the epoch that is asked for. Columns that rows are searched by are
-- those of fota.row_version, so that conditions on them reach its indexes; the others are taken from
-- the document. The newest version is found row by row, without a join: whatever the statistics say, a
-- few rows cost little. (epoch + 0: else a plan that is made while there are few changes looks for one by
-- its epoch, and goes on so when there are many.)

DO $do$
DECLARE
	v_table text;
	v_columns text;
BEGIN
	FOREACH v_table IN ARRAY '{setting,client_class,model,component,image,image_digest,release_item,rule,rule_device,
		rule_window,rollout_state,rollout_stratum}'::text[] LOOP
		SELECT string_agg(CASE
				WHEN a.attname IN ('model', 'rule_id', 'device_id') OR a.attname = 'tenant_id' AND v_table NOT IN ('setting', 'client_class')
					THEN format('v.%I', a.attname)
				WHEN a.atttypid = 'pg_catalog.jsonb'::regtype
					THEN format('nullif(v.document -> %L, ''null'')', a.attname)
				WHEN t.typelem <> 0 AND t.typlen = -1
					THEN format('CASE WHEN jsonb_typeof(v.document -> %1$L) = ''array'' THEN ARRAY(SELECT e.x::%2$s
						FROM jsonb_array_elements_text(v.document -> %1$L) WITH ORDINALITY e (x, n) ORDER BY e.n) END',
						a.attname, t.typelem::regtype)
				ELSE format('(v.document ->> %L)::%s', a.attname, format_type(a.atttypid, a.atttypmod)) END, ', ' ORDER BY a.attnum)
		INTO v_columns
		FROM pg_attribute a
		JOIN pg_type t ON t.oid = a.atttypid
		WHERE a.attrelid = ('fota.' || v_table)::regclass AND a.attnum > 0 AND NOT a.attisdropped;
		EXECUTE format('CREATE OR REPLACE FUNCTION fota_past.%1$I()
			RETURNS SETOF fota.%1$I
			LANGUAGE sql STABLE ROWS 100
			BEGIN ATOMIC
				SELECT %2$s
				FROM fota.row_version v
				WHERE v.relation = %1$L AND v.document IS NOT NULL
					AND v.tenant_id = (SELECT fota_past.as_of_tenant())
					AND (SELECT c.epoch FROM fota.change c WHERE c.tenant_id = v.tenant_id AND c.change_no = v.change_no)
						= (SELECT max((SELECT c.epoch FROM fota.change c WHERE c.tenant_id = n.tenant_id
								AND c.change_no = n.change_no AND c.epoch + 0 <= (SELECT fota_past.as_of_epoch())))
							FROM fota.row_version n
							WHERE n.tenant_id = v.tenant_id AND n.relation = v.relation AND n.key = v.key);
			END', v_table, v_columns);
		EXECUTE format('COMMENT ON FUNCTION fota_past.%I() IS %L', v_table,
			format('Rows of fota.%s as of the epoch that is asked for.', v_table));
	END LOOP;
END
$do$;
