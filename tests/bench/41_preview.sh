#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# What fota.preview() of one changed rule costs, in a generated tenant of 10,000 rules, 200 models and
# FOTA_BENCH_DEVICES devices (100,000): of a new rule that covers one model; of one that covers every device and wins few; of
# one that wins them all. Seconds as the client waits, in a session that has the catalogue compiled.
. "$(dirname "$0")/lib.sh"
devices=${FOTA_BENCH_DEVICES:-100000}
FOTA_PG_CONF=$'shared_buffers = 512MB\nmax_wal_size = 4GB\nfsync = off\nautovacuum = off'
export FOTA_PG_CONF

# preview NAME CHANGE: the better of two.
preview() {
	local said
	said=$(SQL "SET fota.tenant = '2';
		SELECT count(*) FROM fota.resolve_many(2, NULL, now()) \g /dev/null
		CREATE TEMPORARY TABLE took (s float, devices numeric);
		$(for _ in 1 2; do cat <<-SQL
		BEGIN;
		$2;
		SELECT extract(epoch FROM clock_timestamp()) AS t0 \gset
		SELECT coalesce(sum(devices), 0) AS n FROM fota.preview() \gset
		SELECT extract(epoch FROM clock_timestamp()) - :t0 AS s \gset
		ROLLBACK;
		INSERT INTO took VALUES (:s, :n);
		SQL
		done)
		SELECT round(min(s)::numeric, 2), min(devices) FROM took") || { echo "$said" >&2; exit 1; }
	figure "rules.$1_s" "${said%|*}" s
	note "rules.$1: ${said#*|} of $devices devices change"
}

T=$(cluster_folder "$FOTA_TEST_DIR/preview-native")
rm -rf "${T:?}"/*
if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$T"; fi
need_cluster native
PGUSER=postgres SQL "$(cat "$FOTA_TOP/tests/bench/40_fleet.sql")" -v tenant=2 -v rules=10000 -v models=200 -v devices="$devices" >"$T/fleet.log" ||
	{ cat "$T/fleet.log" >&2; exit 1; }
"$(cluster_bin "$C")/psql" -X -q -U postgres -c 'VACUUM ANALYZE' >/dev/null 2>&1
rule() { echo "INSERT INTO fota.rule (name, $1) VALUES ('changed', $2); SELECT fota.start_rollout('changed') \\g /dev/null
	SELECT 1 \\g /dev/null"; }
preview preview_model "$(rule 'release, model, serial_from, serial_to, allow_downgrade' "'r200', 'm1', 'S0', 'S999999999', true")"
preview preview_few "$(rule 'release' "'r410'")"
preview preview_all "$(rule 'release, serial_from, serial_to, years, allow_downgrade' "'r410', 'S0', 'S999999999', '[1900,)', true")"
cluster_stop "$C" fast
