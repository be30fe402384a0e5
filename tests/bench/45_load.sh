#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# What a load costs, up to and with its COMMIT: FOTA_BENCH_RULES rules (100,000), with every kind of scope, every second one
# with versions and a filter, into a tenant of 200 models; as the owner by COPY and by INSERT .. SELECT, as an operator through
# fota.load_rule, and with one rule at its end that is refused at COMMIT. Then as many devices.
. "$(dirname "$0")/lib.sh"
rules=${FOTA_BENCH_RULES:-100000}
FOTA_PG_CONF=$'shared_buffers = 512MB\nmax_wal_size = 4GB\nfsync = off\nautovacuum = off'
export FOTA_PG_CONF

rule_columns='name, release, model, years, batch, serial_from, serial_to, versions, filter, priority'
rule_rows() {
	awk -v n="$rules" 'BEGIN { OFS = "\t"
		for (i = 1; i <= n; i++) {
			m = 1 + i % 200
			print "rule" i, "r" m, "m" m, i % 3 ? "\\N" : "[" 2015 + i % 10 "," 2017 + i % 10 ")", i % 4 == 1 ? "B" i % 500 : "\\N",
				i % 5 == 2 ? "S" i * 10 : "\\N", i % 5 == 2 ? "S" i * 10 + 500 : "\\N", i % 2 ? "{\"app\": \">=1." i % 20 " <3\"}" : "\\N",
				i % 2 ? "$.tags[*] == \"beta" i % 10 "\"" : "\\N", i
		} }'
}
device_columns='model, serial, year, batch'
device_rows() { awk -v n="$rules" 'BEGIN { OFS = "\t"; for (i = 1; i <= n; i++) print "m" 1 + i % 200, "S" i, 2015 + i % 12, "B" i % 500 }'; }

# seconds EXPECTED LOGIN COMMAND: backend CPU of a psql command that is accepted (EXPECTED 0) or refused (3), so that the client
# and what else runs on the machine do not count.
seconds() {
	local expected=$1 status=0
	printf 'SELECT pg_backend_pid() AS pid \\gset\n\\setenv BACKEND :pid\n%s\n\\! awk "{ print \\$14 + \\$15 }" /proc/$BACKEND/stat\n' "$3" |
		"$(cluster_bin "$C")/psql" -X -q -U "$2" >"$T/load.log" 2>&1
	grep -q '^.*ERROR:' "$T/load.log" && status=3
	[ "$status" = "$expected" ] || { cat "$T/load.log" >&2; exit 1; }
	awk "BEGIN { printf \"%.2f\", $(tail -n 1 "$T/load.log") / $(getconf CLK_TCK) }"
}
empty() { PGUSER=postgres SQL "SET session_replication_role = replica; DELETE FROM fota.rule; DELETE FROM fota.device" >/dev/null
	"$(cluster_bin "$C")/psql" -X -q -U postgres -c 'VACUUM FULL fota.rule' -c 'VACUUM FULL fota.device' >/dev/null; }

for profile in native portable; do
	T=$(cluster_folder "$FOTA_TEST_DIR/load-$profile")
	rm -rf "${T:?}"/*
	if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$T"; fi
	need_cluster "$profile"
	export PGOPTIONS='-c fota.tenant=1'
	SQL "SELECT count(fota.add_model('m' || n, '{app,sounds}')) FROM generate_series(1, 200) n;
		SELECT count(fota.add_image('m' || n, c, '2.0.0', convert_to(n || c, 'UTF8'), '{\"format\": \"raw\"}'))
		FROM generate_series(1, 200) n, unnest('{app,sounds}'::text[]) c;
		SELECT count(fota.add_release('r' || n, 'm' || n, '{\"app\": \"2.0.0\", \"sounds\": \"2.0.0\"}')) FROM generate_series(1, 200) n" >/dev/null
	rule_rows >"$T/rules"
	{ cat "$T/rules"; printf 'last\tr1\tm2%s\t0\n' "$(printf '\t\\N%.0s' 1 2 3 4 5 6)"; } >"$T/refused"
	device_rows >"$T/devices"

	figure "load.rules_refused_$profile" "$(seconds 3 fota_dba "\\copy fota.rule ($rule_columns) FROM '$T/refused'")" s
	figure "load.rules_$profile" "$(seconds 0 fota_dba "\\copy fota.rule ($rule_columns) FROM '$T/rules'")" s
	SQL "CREATE TABLE public.rows AS SELECT $rule_columns FROM fota.rule" >/dev/null
	empty
	figure "load.rules_select_$profile" "$(seconds 0 fota_dba "INSERT INTO fota.rule ($rule_columns) SELECT * FROM public.rows;")" s
	empty
	figure "load.rules_operator_$profile" "$(seconds 0 op "\\copy fota.load_rule ($rule_columns) FROM '$T/rules'")" s
	figure "load.devices_$profile" "$(seconds 0 fota_dba "\\copy fota.device ($device_columns) FROM '$T/devices'")" s
	empty
	figure "load.devices_operator_$profile" "$(seconds 0 op "\\copy fota.load_device ($device_columns) FROM '$T/devices'")" s
	unset PGOPTIONS
	cluster_stop "$C" fast
done
exit 0
