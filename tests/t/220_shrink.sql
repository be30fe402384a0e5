-- SPDX-License-Identifier: PostgreSQL
--
-- Takes rows away from a tenant of 220_resolve_oracle.sh as long as its two resolvers differ on a
-- device, and prints the rows that are left. Variables: tenant, device, at. Changes the epoch, since
-- the triggers that would are off. Run as superuser.

SET session_replication_role = replica;
SET client_min_messages = warning;
SELECT set_config('shrink.tenant', :'tenant', false), set_config('shrink.device', :'device', false),
	set_config('shrink.at', :'at', false) \g /dev/null

CREATE FUNCTION pg_temp.differs() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	v_tenant int := current_setting('shrink.tenant');
	v_devices bigint[] := ARRAY[current_setting('shrink.device')];
	v_at timestamptz := current_setting('shrink.at');
BEGIN
	UPDATE fota.epoch SET epoch = epoch + 1 WHERE tenant_id = v_tenant;
	RETURN EXISTS (SELECT r::text FROM fota.resolve_many(v_tenant, v_devices, v_at) r
		EXCEPT SELECT r::text FROM fota_oracle.resolve_many(v_tenant, v_devices, v_at) r);
EXCEPTION WHEN OTHERS THEN
	RETURN false;
END
$$;

DO $$
DECLARE
	v_tenant int := current_setting('shrink.tenant');
	v_table text;
	v_place tid;
	v_places tid[];
BEGIN
	EXECUTE format('DELETE FROM fota.device WHERE tenant_id = %s AND device_id <> %s', v_tenant, current_setting('shrink.device'));
	FOREACH v_table IN ARRAY '{rule,rule_device,rule_window,rollout_state,rollout_stratum,release_item,image_digest,image,component,client_class,
		device_contents,action_item,action,delta,device_report_state,row_version,device_history}'::text[] LOOP
		EXECUTE format('SELECT array_agg(ctid) FROM fota.%I WHERE tenant_id = %s %s', v_table, v_tenant,
			CASE WHEN v_table ~ '^(device|action)' THEN 'AND device_id = ' || current_setting('shrink.device') ELSE '' END) INTO v_places;
		FOREACH v_place IN ARRAY coalesce(v_places, '{}') LOOP
			BEGIN
				EXECUTE format('DELETE FROM fota.%I WHERE ctid = %L', v_table, v_place);
				IF NOT pg_temp.differs() THEN
					RAISE EXCEPTION 'needed' USING ERRCODE = 'P0004';
				END IF;
			EXCEPTION WHEN assert_failure THEN
				CONTINUE;
			END;
		END LOOP;
	END LOOP;
END
$$;

CREATE FUNCTION pg_temp.left_over() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	v_table text;
BEGIN
	FOREACH v_table IN ARRAY '{model,component,image,image_digest,release_item,rule,rule_device,rule_window,rollout_state,rollout_stratum,
		device,device_report_state,device_contents,action,action_item,delta}'::text[] LOOP
		RETURN QUERY EXECUTE format('SELECT %L || jsonb_strip_nulls(to_jsonb(t) - ''tenant_id'')::text FROM fota.%I t WHERE tenant_id = %s %s',
			v_table || ' ', v_table, current_setting('shrink.tenant'),
			CASE WHEN v_table ~ '^(device|action)' THEN 'AND device_id = ' || current_setting('shrink.device') ELSE '' END);
	END LOOP;
END
$$;
SELECT * FROM pg_temp.left_over();
