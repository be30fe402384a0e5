#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# README.md is true: its tour runs as written against a running demonstration, every file and function that
# its code tour names exists, and its map of the tree is the tree.
. "$(dirname "$0")/lib.sh"
cd "$FOTA_TOP" || bail "no checkout"
HTTPS=$(free_port)
COAPS=$(free_port)
export FOTA_RUN_DIR=$T/run FOTA_HTTPS_PORT=$HTTPS FOTA_COAPS_PORT=$COAPS

# --- the two commands ---------------------------------------------------------------------------
ok "make start brings the service up" make --no-print-directory start
trap 'FOTA_RUN_DIR=$T/run make --no-print-directory stop >/dev/null 2>&1; cleanup' EXIT
. "$FOTA_RUN_DIR/env" || bail "no env file"
for name in PGHOST PGPORT PGDATABASE PGUSER FOTA_OPERATOR_ROLE FOTA_HTTPS_URL FOTA_COAPS_URI FOTA_CA FOTA_TENANT; do
	ok ".run/env sets $name" test -n "${!name:-}"
done
is "one device line per device says 1.0.0 -> 1.1.0 by delta" \
	"$(wait_for 10 sh -c "[ \$(grep -c '1.0.0 -> 1.1.0 delta .* confirmed' '$FOTA_RUN_DIR/log/demo.log') -ge 2 ]" && echo yes)" yes
like "a port in use is said at once" "$(FOTA_RUN_DIR=$T/other make --no-print-directory start 2>&1)" "port $HTTPS .*in use"

# --- the tour -------------------------------------------------------------------------------------
# The psql blocks from "A tour in psql" on, with .run/ where this demonstration lives.
awk '/^## A tour in psql/ {on = 1} /^## Words/ {exit} on && /^```sql/ {code = 1; next} /^```/ {code = 0} code' README.md |
	sed "s#\.run/#$FOTA_RUN_DIR/#g" >"$T/tour.sql"
ok "the tour is in README.md" test -s "$T/tour.sql"
ok "every statement of the tour runs" psql -X -v ON_ERROR_STOP=1 -At -f "$T/tour.sql" -o "$T/tour.out"
like "the tour's rule gives L4 an install" "$(psql -XAtc "SELECT component, verdict, target_version FROM fota.resolve('L4')")" 'app\|install\|1\.1\.0'
is "a lamp outside the rule keeps what it has" "$(psql -XAtc "SELECT verdict, reason FROM fota.resolve('L5')")" 'keep|no_rule'
like "the fleet report knows both models" "$(psql -XAtc 'SELECT DISTINCT model FROM fota_report.fleet ORDER BY 1' | tr '\n' ' ')" 'lamp-1 lamp-2'

# --- a rule of one's own shows, and what it brought is no obstacle to a second start -------------------
head -c 3000 /dev/urandom >"$T/own.bin"
objcopy -I binary -O ihex "$T/own.bin" "$T/own.hex"
psql -XAtq -v ON_ERROR_STOP=1 -v hex="$(base64 -w0 "$T/own.hex")" <<'SQL' >"$T/own.out" 2>&1 || fail "a rule of one's own" "$(cat "$T/own.out")"
SELECT fota.add_image('lamp-1', 'app', '1.2.0', decode(:'hex', 'base64'));
SELECT fota.add_release('own', 'lamp-1', '{"app": "1.2.0"}');
INSERT INTO fota.rule (name, release, model, priority) VALUES ('own', 'own', 'lamp-1', 1);
SELECT fota.start_rollout('own');
SQL
ok "a rule of one's own shows in the demonstration's lines" \
	wait_for 20 sh -c "[ \$(grep -c '1.1.0 -> 1.2.0 .* confirmed' '$FOTA_RUN_DIR/log/demo.log') -ge 2 ]"
kill -9 $(cat "$FOTA_RUN_DIR"/log/*.pid)
ok "killed, it starts again" make --no-print-directory start
echo "$$" >"$FOTA_RUN_DIR/log/fota-worker.old.pid"
mv "$FOTA_RUN_DIR/log/fota-worker.pid" "$T/worker.pid"
mv "$FOTA_RUN_DIR/log/fota-worker.old.pid" "$FOTA_RUN_DIR/log/fota-worker.pid"
ok "a pid file that names somebody else's process kills nobody" make --no-print-directory stop
kill "$(cat "$T/worker.pid")" 2>/dev/null
ok "and a third start" make --no-print-directory start

# --- the code tour ----------------------------------------------------------------------------------
# Lines of the form: `path/file.c` `function`
grep -oE '^[0-9]+\. `[^`]+` `[^`]+`' README.md | tr -d '`' | while read -r _ file name; do echo "$file $name"; done >"$T/stops"
ok "the code tour has stops" test -s "$T/stops"
while read -r file name; do
	ok "$file has $name" grep -qwE "${name}" "$file"
done <"$T/stops"

# --- the map ----------------------------------------------------------------------------------------
sed -n '/^## Map/,/^## /p' README.md | sed -nE 's/^\| ([a-z_./]+) \|.*/\1/p' | grep -v '^folder$' >"$T/folders"
ok "the map has folders" test "$(wc -l <"$T/folders")" -ge 10
while read -r d; do [ -d "$d" ] || echo "$d"; done <"$T/folders" >"$T/missing"
is "every folder of the map exists" "$(cat "$T/missing")" ""
for d in extension extension/core extension/patch extension/pg sql frontends frontends/common frontends/https \
	frontends/coap frontends/worker frontends/cli tests packaging; do
	ok "$d has a README.md" test -s "$d/README.md"
done
ok "make stop leaves nothing running" make --no-print-directory stop
is "no program of the demonstration is left" "$(pgrep -f "$FOTA_RUN_DIR/bin" | wc -l)" 0
done_testing
