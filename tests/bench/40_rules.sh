#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# What a decision costs with many rules: a generated tenant of 10,000 rules, 200 models and FOTA_BENCH_DEVICES devices
# (100,000; 1,000,000 take two minutes more), one of 1,000 and one of 100,000 rules, and one of a tenth of the devices;
# backend CPU, so that the client and the other core do not count. Client and backend share a CPU where taskset is
# there: waking up another one would be half of the cost. A query that does nothing, and one that reads a device's row
# by its key, are measured beside it, as a scale.
. "$(dirname "$0")/lib.sh"
devices=${FOTA_BENCH_DEVICES:-100000}
at=2053-05-01
FOTA_PG_CONF=$'shared_buffers = 512MB\nmax_wal_size = 4GB\nfsync = off\nautovacuum = off'
export FOTA_PG_CONF

# tenant NUMBER RULES DEVICES
tenant() {
	PGUSER=postgres SQL "$(cat "$FOTA_TOP/tests/bench/40_fleet.sql")" -v tenant="$1" -v rules="$2" -v models=200 -v devices="$3" >"$T/fleet.log" ||
		{ cat "$T/fleet.log" >&2; exit 1; }
}

pin=(env)
if command -v taskset >/dev/null; then pin=(taskset -c $(($(nproc) - 1))); fi
backend_ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

# cpu_per_call SCRIPT: microseconds of CPU that the backend spends on a transaction, when all is warm.
cpu_per_call() {
	local warm=${FOTA_BENCH_WARM:-5} window=${FOTA_BENCH_SECONDS:-5} client pid begin end calls
	"${pin[@]}" "$(cluster_bin "$C")/pgbench" -n -M prepared -T $((warm + window + 1)) -P 1 -f "$1" fota >/dev/null 2>"$T/progress" &
	client=$!
	sleep "$warm"
	pid=$(PGUSER=postgres SQL "SELECT pid FROM pg_stat_activity WHERE application_name = 'pgbench'")
	[ "${pin[0]}" != taskset ] || taskset -pc "${pin[2]}" "$pid" >/dev/null 2>&1
	begin=$(backend_ticks "$pid")
	sleep "$window"
	end=$(backend_ticks "$pid")
	wait "$client"
	calls=$(sed -nE 's/^progress: .* s, ([0-9.]+) tps.*/\1/p' "$T/progress" | sed -n "$((warm + 1)),$((warm + window))p" |
		awk '{ n += $1 } END { print n }')
	awk "BEGIN { printf \"%.1f\", ($end - $begin) * 1e6 / $(getconf CLK_TCK) / $calls }"
}

# one TENANT DEVICES: a script that resolves a device at a time.
one() {
	printf '\\set device random(1, %s)\nSELECT verdict FROM fota.resolve_many(%s, ARRAY[:device]::bigint[], %s);\n' "$2" "$1" "'$at'" >"$T/one.sql"
	cpu_per_call "$T/one.sql"
}

# fleet TENANT DEVICES [ROLE]: devices per second of backend CPU, the catalogue compiled.
fleet() {
	PGUSER=postgres SQL "CREATE FUNCTION pg_temp.ticks() RETURNS float LANGUAGE sql SECURITY DEFINER AS
			\$\$SELECT x[14]::float + x[15]::float FROM string_to_array(pg_read_file('/proc/' || pg_backend_pid() || '/stat'), ' ') x\$\$;
		SET SESSION AUTHORIZATION ${3:-fota_dba};
		DO \$\$ BEGIN PERFORM count(*) FROM fota.resolve_many($1, NULL, '$at'); PERFORM set_config('bench.begin', pg_temp.ticks()::text, false);
			FOR i IN 1 .. 3 LOOP PERFORM count(*) FROM fota.resolve_many($1, NULL, '$at'); END LOOP; END \$\$;
		RESET SESSION AUTHORIZATION;
		SELECT round(3 * $2 / ((pg_temp.ticks() - current_setting('bench.begin')::float) / $(getconf CLK_TCK)))"
}

T=$(cluster_folder "$FOTA_TEST_DIR/rules-native")
rm -rf "${T:?}"/*
if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$T"; fi
need_cluster native
tenant 2 10000 "$devices"
tenant 3 1000 $((devices / 10))
tenant 4 100000 $((devices / 10))
tenant 5 10000 $((devices / 10))
"$(cluster_bin "$C")/psql" -X -q -U postgres -c 'VACUUM ANALYZE' >/dev/null 2>&1

printf '\\set device random(1, %s)\nSELECT name FROM fota.device WHERE tenant_id = 2 AND device_id = :device;\n' "$devices" >"$T/row.sql"
printf 'SELECT 1;\n' >"$T/nothing.sql"
PGUSER=postgres SQL "INSERT INTO fota.member (role, tenant_id) VALUES ('op', 2) ON CONFLICT DO NOTHING" >/dev/null
figure rules.nothing_us "$(cpu_per_call "$T/nothing.sql")" us
figure rules.row_us "$(cpu_per_call "$T/row.sql")" us
figure rules.one_us "$(one 2 "$devices")" us
figure rules.one_member_us "$(PGUSER=op one 2 "$devices")" us
figure rules.one_1k_rules_us "$(one 3 $((devices / 10)))" us
figure rules.one_100k_rules_us "$(FOTA_BENCH_WARM=20 one 4 $((devices / 10)))" us
figure rules.one_tenth_us "$(one 5 $((devices / 10)))" us
figure rules.fleet "$(fleet 2 "$devices")" devices/s
figure rules.fleet_member "$(fleet 2 "$devices" op)" devices/s
# Twice the same question in a session: the first compiles what one device needs.
figure rules.rebuild_ms "$(PGUSER=postgres SQL "SELECT count(*) FROM fota.resolve_many(3, '{1}', '$at');
	CREATE TEMP TABLE clock AS SELECT clock_timestamp() AS t0, clock_timestamp() AS t1, clock_timestamp() AS t2;
	UPDATE clock SET t0 = clock_timestamp(); SELECT count(*) FROM fota.resolve_many(2, '{1}', '$at');
	UPDATE clock SET t1 = clock_timestamp(); SELECT count(*) FROM fota.resolve_many(2, '{1}', '$at');
	UPDATE clock SET t2 = clock_timestamp();
	SELECT round(1000 * (extract(epoch FROM t1 - t0) - extract(epoch FROM t2 - t1)), 1) FROM clock" | tail -n 1)" ms
figure rules.cache_kb "$(PGUSER=postgres SQL "SELECT count(*) FROM fota.resolve_many(2, NULL, '$at');
	SELECT round(sum(total_bytes) / 1024) FROM pg_backend_memory_contexts WHERE name LIKE 'fota %'" | tail -n 1)" KiB
cluster_stop "$C" fast

T=$(cluster_folder "$FOTA_TEST_DIR/rules-portable")
rm -rf "${T:?}"/*
if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$T"; fi
need_cluster portable
tenant 2 10000 $((devices / 10))
"$(cluster_bin "$C")/psql" -X -q -U postgres -c 'VACUUM ANALYZE' >/dev/null 2>&1
figure rules.one_portable_us "$(one 2 $((devices / 10)))" us
cluster_stop "$C" fast
exit 0
