#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Decisions per second: one device per call through one connection, and the whole fleet in one call, with
# 1,000 rules in the tenant, on both profiles.
. "$(dirname "$0")/lib.sh"
FLEET=20000
for profile in native portable; do
	T=$(cluster_folder "$FOTA_TEST_DIR/resolve-$profile")
	rm -rf "${T:?}"/*
	if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$T"; fi
	need_cluster $profile $profile
	need_fleet 1000 $FLEET
	cat >"$T/one.sql" <<SQL
\\set device random(1, $FLEET)
SELECT verdict FROM fota.resolve(1, :device, now());
SQL
	rate=$("$(cluster_bin "$C")/pgbench" -n -M prepared -T "${FOTA_BENCH_SECONDS:-5}" -f "$T/one.sql" fota 2>"$T/pgbench.log" |
		sed -n 's/^tps = \([0-9.]*\).*/\1/p')
	figure service.resolve_$profile "${rate:-failed}" 1/s
	seconds=$(SQL "DO \$\$ BEGIN PERFORM set_config('bench.begin', clock_timestamp()::text, false);
			PERFORM count(*) FROM fota.resolve_many(1, NULL, now()); END \$\$;
		SELECT extract(epoch FROM clock_timestamp() - current_setting('bench.begin')::timestamptz)")
	figure service.resolve_fleet_$profile "$(perl -e "printf '%.0f', $FLEET / $seconds")" devices/s
	cluster_stop "$C" fast
done
exit 0
