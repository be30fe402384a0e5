# SPDX-License-Identifier: PostgreSQL
# shellcheck shell=bash
#
# What every bench script starts with: the clusters and programs of the tests, a fleet to measure on, and
# figure(), which prints one line `issue.metric value unit`.
export FOTA_TEST_DIR=${FOTA_TEST_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/.run/bench}
. "$(dirname "${BASH_SOURCE[0]}")/../t/lib.sh"

figure() { printf '%s %s %s\n' "$1" "$2" "$3"; }

# need_fleet RULES DEVICES: models m1 .. m20 with component app 1.0.0 and 2.0.0, and rules that differ in scope.
# Every device already has what its rules ask for, so that a check-in is answered "nothing to do".
need_fleet() {
	SQL "DO \$\$ BEGIN FOR i IN 1 .. 20 LOOP
			PERFORM fota.add_model('m' || i, '{app}');
			PERFORM fota.add_image('m' || i, 'app', '1.0.0', convert_to('one' || i, 'UTF8'), '{\"format\": \"raw\"}');
			PERFORM fota.add_image('m' || i, 'app', '2.0.0', convert_to('two' || i, 'UTF8'), '{\"format\": \"raw\"}');
			PERFORM fota.add_release('r' || i, 'm' || i, '{\"app\": \"2.0.0\"}');
		END LOOP; END \$\$;
		INSERT INTO fota.rule (name, release, model, years, batch, serial_from, serial_to, priority)
		SELECT 'rule' || n, 'r' || 1 + n % 20, 'm' || 1 + n % 20,
			CASE n % 3 WHEN 0 THEN int4range(2000 + n % 30, 2003 + n % 30) END, CASE n % 5 WHEN 0 THEN 'B' || n % 40 END,
			CASE n % 7 WHEN 0 THEN 'S' || n * 10 END, CASE n % 7 WHEN 0 THEN 'S' || n * 10 + 500 END, n
		FROM generate_series(1, $1) n;
		SELECT count(fota.start_rollout(name)) FROM fota.rule;
		INSERT INTO fota.device (model, serial, year, batch)
		SELECT 'm' || 1 + n % 20, 'S' || n, 2000 + n % 30, 'B' || n % 40 FROM generate_series(1, $2) n;
		INSERT INTO fota.device_contents (device_id, component, present, version, digest)
		SELECT d.device_id, 'app', true, '2.0.0', i.payload_sha256 FROM fota.device d
		JOIN fota.image i ON i.tenant_id = d.tenant_id AND i.model = d.model AND i.version = '2.0.0';
		INSERT INTO fota.device_report_state (device_id, inventory) SELECT device_id, fota.inventory_tag(1, device_id) FROM fota.device;" >"$T/fleet.log" ||
		{ cat "$T/fleet.log" >&2; exit 1; }
	"$(cluster_bin "$C")/psql" -X -q -c 'VACUUM ANALYZE' >/dev/null 2>&1
}
