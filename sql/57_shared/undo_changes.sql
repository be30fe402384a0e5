-- SPDX-License-Identifier: PostgreSQL
--
-- fota.undo_changes: brings the catalogue of a tenant back to what it was before this transaction,
-- from the row versions of the epoch before. Its caller throws that away: fota.compare_decisions asks
-- resolve what it would have decided. What still stands in the way of a row (a device of a model
-- that is as new as the device) is left, since no rule of before can name it.

CREATE OR REPLACE FUNCTION fota.undo_changes(tenant_id int)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_order CONSTANT text[] := '{setting,model,component,image,image_digest,release,release_item,rule,rule_device,'
		'rule_window,rollout,wave,rollout_state,rollout_stratum,delta,action_item}';
	v_rows jsonb;
	v_again jsonb;
	v_row jsonb;
BEGIN
	SELECT coalesce(jsonb_agg(jsonb_build_array(v.relation, f.document, v.document)
		ORDER BY f.document IS NULL, CASE WHEN f.document IS NULL THEN -v.place ELSE v.place END, v.key), '[]')
	INTO v_rows
	FROM (
		SELECT v.*, array_position(v_order, v.relation) AS place
		FROM fota.row_version v
		JOIN fota.change c ON c.tenant_id = $1 AND c.change_no = v.change_no AND c.epoch IS NULL
		WHERE v.tenant_id = $1 AND v.relation = ANY (v_order)
	) v
	LEFT JOIN LATERAL (
		SELECT p.document
		FROM fota.row_version p
		JOIN fota.change o ON o.tenant_id = $1 AND o.change_no = p.change_no AND o.epoch IS NOT NULL
		WHERE p.tenant_id = $1 AND p.relation = v.relation AND p.key = v.key
		ORDER BY o.epoch DESC
		LIMIT 1
	) f ON true
	WHERE num_nonnulls(f.document, v.document) > 0;

	FOR n IN 1 .. 3 LOOP
		v_again := '[]';
		FOR v_row IN SELECT r FROM jsonb_array_elements(v_rows) WITH ORDINALITY x (r, n) ORDER BY x.n LOOP
			IF NOT fota.undo_row(v_row ->> 0, nullif(v_row -> 1, 'null'), nullif(v_row -> 2, 'null')) THEN
				v_again := v_again || jsonb_build_array(v_row);
			END IF;
		END LOOP;
		EXIT WHEN v_again = '[]';
		v_rows := v_again;
	END LOOP;
	-- A new model that a new device is of stays: without its rules it decides nothing.
	SELECT coalesce(jsonb_agg(x.r), '[]') INTO v_again FROM jsonb_array_elements(v_again) x (r)
	WHERE x.r -> 1 <> 'null' OR x.r ->> 0 NOT IN ('model', 'component');
	IF v_again <> '[]' THEN
		RAISE EXCEPTION 'what was before this transaction cannot be told'
			USING ERRCODE = '0A000', DETAIL = format('A row of fota.%s cannot be put back.', v_again #>> '{0,0}'),
				HINT = 'Preview the changes in smaller transactions.';
	END IF;
END
$$;

COMMENT ON FUNCTION fota.undo_changes(int) IS
	'Brings the catalogue back to what it was before this transaction; for what is thrown away afterwards.';
