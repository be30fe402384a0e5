-- SPDX-License-Identifier: PostgreSQL
--
-- fota.drop_history: forgets what was before an instant: versions of catalogue rows and of devices that
-- something newer had replaced by then. What was in force at that instant stays, so that every instant
-- from there on can still be told; asking for an earlier one is an error that names it. Whole
-- months of devices go by dropping their partitions. The log of changes and the audit stay. For the owner,
-- for all tenants; how many rows went.

CREATE OR REPLACE FUNCTION fota.drop_history(before timestamptz)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_partition record;
	v_count bigint;
	v_rows bigint := 0;
BEGIN
	IF ($1 <= now()) IS NOT TRUE THEN
		RAISE EXCEPTION 'history can be dropped before an instant that is over, not before %', coalesce($1::text, 'NULL')
			USING ERRCODE = '22023', HINT = 'Give an instant up to now().';
	END IF;
	-- One at a time; and where transactions may still be open that wrote before the edge, wait for them.
	LOCK TABLE fota.history_edge IN SHARE ROW EXCLUSIVE MODE;
	IF $1 > now() - interval '1 day' THEN
		LOCK TABLE fota.device_history IN SHARE ROW EXCLUSIVE MODE;
	END IF;
	INSERT INTO fota.history_edge AS e (tenant_id, at)
	SELECT t.tenant_id, $1 FROM fota.tenant t
	ON CONFLICT (tenant_id) DO UPDATE SET at = greatest(e.at, excluded.at);

	-- What devices were at the edge, as rows of that instant; then nothing before it is needed.
	INSERT INTO fota.device_history (tenant_id, at, device_id, relation, component, document)
	SELECT h.tenant_id, $1, h.device_id, h.relation, h.component, h.document
	FROM (
		SELECT DISTINCT ON (h.tenant_id, h.relation, h.device_id, h.component) h.*
		FROM fota.device_history h
		WHERE h.at <= $1
		ORDER BY h.tenant_id, h.relation, h.device_id, h.component, h.at DESC, h.history_no DESC
	) h
	WHERE h.at < $1 AND h.document IS NOT NULL;
	GET DIAGNOSTICS v_count = ROW_COUNT;
	v_rows := v_rows - v_count;
	FOR v_partition IN
		SELECT c.oid::regclass AS name, (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([^'']+)''\)'))[1]::timestamptz AS upper
		FROM pg_inherits i
		JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'fota.device_history'::regclass
	LOOP
		CONTINUE WHEN (v_partition.upper <= $1) IS NOT TRUE;
		EXECUTE format('SELECT count(*) FROM %s', v_partition.name) INTO v_count;
		v_rows := v_rows + v_count;
		EXECUTE format('DROP TABLE %s', v_partition.name);
	END LOOP;
	DELETE FROM fota.device_history h WHERE h.at < $1;
	GET DIAGNOSTICS v_count = ROW_COUNT;
	v_rows := v_rows + v_count;

	WITH old AS (
		SELECT v.tenant_id, v.relation, v.key, v.change_no, v.document,
			row_number() OVER (PARTITION BY v.tenant_id, v.relation, v.key ORDER BY c.epoch DESC) AS age
		FROM fota.row_version v
		JOIN fota.change c ON c.tenant_id = v.tenant_id AND c.change_no = v.change_no
		WHERE c.at <= $1
	)
	DELETE FROM fota.row_version v
	USING old o
	WHERE (o.age > 1 OR o.document IS NULL) AND v.tenant_id = o.tenant_id AND v.relation = o.relation
		AND v.key = o.key AND v.change_no = o.change_no;
	GET DIAGNOSTICS v_count = ROW_COUNT;
	RETURN v_rows + v_count;
END
$$;

COMMENT ON FUNCTION fota.drop_history(timestamptz) IS
	'Forgets what was before an instant; for the owner. How many rows went.';
