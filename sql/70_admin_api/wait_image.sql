-- SPDX-License-Identifier: PostgreSQL
--
-- fota.wait_image: waits until an image is no longer `decoding`, at most so many seconds.
-- Returns its state; raises the error with which it was refused.

CREATE OR REPLACE FUNCTION fota.wait_image(model text, component text, version text,
	build text DEFAULT '', seconds int DEFAULT 60)
RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
	v_tenant int := fota.current_tenant();
	v_end timestamptz := clock_timestamp() + make_interval(secs => coalesce($5, 60));
	v_image record;
BEGIN
	LOOP
		SELECT i.state, i.error, i.xmin::text::bigint AS made_by INTO v_image FROM fota.image i
		WHERE i.tenant_id = v_tenant AND i.model = $1 COLLATE "C" AND i.component = $2 COLLATE "C"
			AND i.version = $3 COLLATE "C" AND i.build = coalesce($4, '') COLLATE "C";
		IF NOT FOUND THEN
			PERFORM fota.find_component(v_tenant, $1, $2);
			RAISE EXCEPTION 'there is no image of % % %', $1, $2, coalesce($3, 'NULL')
				USING ERRCODE = 'P0002', HINT = 'fota.add_image and fota.upload_finish add images.';
		ELSIF v_image.state = 'refused' THEN
			RAISE EXCEPTION '%', coalesce(v_image.error ->> 'message', 'the image was refused')
				USING ERRCODE = CASE WHEN v_image.error ->> 'code' ~ '^(0[3-9A-Z]|[1-9A-Z][0-9A-Z])[0-9A-Z]{3}$'
						THEN v_image.error ->> 'code' ELSE 'P0001' END,
					DETAIL = coalesce(v_image.error ->> 'detail', 'fota-worker refused the file.'),
					HINT = coalesce(v_image.error ->> 'hint', 'Add a corrected file: a refused one makes room for it.');
		ELSIF v_image.state <> 'decoding' OR clock_timestamp() >= v_end THEN
			RETURN v_image.state;
		ELSIF v_image.made_by = (pg_current_xact_id_if_assigned()::text::numeric % 4294967296)::bigint
			OR current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
			RAISE EXCEPTION 'the image of % % % cannot be waited for in this transaction', $1, $2, $3
				USING ERRCODE = '55000', DETAIL = 'The worker sees it, and this transaction sees what the worker did, only after a COMMIT.',
					HINT = 'COMMIT first, then SELECT fota.wait_image(..) in a transaction of its own.';
		END IF;
		PERFORM pg_sleep(0.05);
	END LOOP;
END
$$;

COMMENT ON FUNCTION fota.wait_image(text, text, text, text, int) IS
	'Waits until an image is decoded; its state. Raises the error with which it was refused.';
