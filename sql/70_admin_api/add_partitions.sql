-- SPDX-License-Identifier: PostgreSQL
--
-- fota.add_partitions: a partition per month of fota.report and fota.device_history, from
-- this month to that of a day. Rows of such a month that are in the partition for the rest
-- move over. For the owner; how many it made.

CREATE OR REPLACE FUNCTION fota.add_partitions(until date)
RETURNS int
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_parent text[];
	v_month timestamp;
	v_name text;
	v_count int := 0;
BEGIN
	FOREACH v_parent SLICE 1 IN ARRAY ARRAY[['report', 'opened_at'], ['device_history', 'at']] LOOP
		FOR v_month IN SELECT generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'), $1, '1 month') LOOP
			v_name := v_parent[1] || to_char(v_month, '"_"YYYY"_"MM');
			CONTINUE WHEN to_regclass('fota.' || v_name) IS NOT NULL;
			EXECUTE format('CREATE TABLE fota.%I (LIKE fota.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS)',
				v_name, v_parent[1]);
			EXECUTE format('COMMENT ON TABLE fota.%I IS %L', v_name,
				format('Rows of fota.%s of %s.', v_parent[1], to_char(v_month, 'YYYY-MM')));
			EXECUTE format('ALTER TABLE fota.%I ENABLE ROW LEVEL SECURITY', v_name);
			EXECUTE format('CREATE POLICY tenant ON fota.%I USING (fota.may_see(tenant_id))', v_name);
			EXECUTE format('COMMENT ON POLICY tenant ON fota.%I IS %L', v_name, 'Rows of the tenants that the role may see.');
			EXECUTE format('WITH moved AS (DELETE FROM fota.%I WHERE %I >= %L AND %I < %L RETURNING *)
				INSERT INTO fota.%I SELECT * FROM moved', v_parent[1] || '_rest', v_parent[2],
				v_month AT TIME ZONE 'UTC', v_parent[2], (v_month + interval '1 month') AT TIME ZONE 'UTC', v_name);
			EXECUTE format('ALTER TABLE fota.%I ATTACH PARTITION fota.%I FOR VALUES FROM (%L) TO (%L)',
				v_parent[1], v_name, v_month AT TIME ZONE 'UTC', (v_month + interval '1 month') AT TIME ZONE 'UTC');
			v_count := v_count + 1;
		END LOOP;
	END LOOP;
	RETURN v_count;
END
$$;

COMMENT ON FUNCTION fota.add_partitions(date) IS
	'Makes the monthly partitions of reports and device history up to a day; how many.';
