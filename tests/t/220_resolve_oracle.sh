#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# The native resolver and its portable twin give the same rows in the same order, on random fleets, rules and
# histories. FOTA_LONG decides for more tenants.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/oracle.sh"
need_oracle
random_seed
tenants=${FOTA_LONG:+334}
tenants=${FOTA_TENANTS:-${tenants:-8}}
devices=200

# differences TENANT DEVICES INSTANT [FUNCTION]: the first rows that differ, each with the columns that do; nothing when
# all are equal. For a FUNCTION that tells what a transaction changed, it runs in one that changed something.
differences() {
	local function=${4:-resolve_many} change= PGUSER=$PGUSER
	[ $# -lt 4 ] || { change="BEGIN; INSERT INTO fota.change (tenant_id) VALUES ($1);"; PGUSER=postgres; }
	SQL "$change SELECT concat_ws(' ', 'row', k, 'device', n.x ->> 'device_id', n.x ->> 'component') || ': '
			|| (SELECT string_agg(format('%s: native %s, portable %s', key, coalesce(n.x ->> key, 'nothing'), coalesce(o.x ->> key, 'nothing')), '; ')
				FROM jsonb_object_keys(coalesce(n.x, o.x)) key WHERE n.x -> key IS DISTINCT FROM o.x -> key)
		FROM (SELECT row_number() OVER () AS k, to_jsonb(r) AS x FROM fota.$function($1, $2, '$3') r) n
		FULL JOIN (SELECT row_number() OVER () AS k, to_jsonb(r) AS x FROM fota_oracle.$function($1, $2, '$3') r) o USING (k)
		WHERE n.x IS DISTINCT FROM o.x ORDER BY k LIMIT 3"
}

# shrink TENANT INSTANT FOUND: takes rows away from the tenant as long as the first device that differs goes on to, and
# shows what is left.
shrink() {
	local device
	device=$(sed -nE '1s/.*device ([0-9]+).*/\1/p' <<<"$3")
	[ -n "$device" ] || return 0
	PGUSER=postgres SQL "$(cat "$FOTA_TOP/tests/t/220_shrink.sql")" -v tenant="$1" -v device="$device" -v at="$2" | cut -c1-600 | sed 's/^/# /'
	differences "$1" "'{$device}'" "$2" | sed 's/^/# /'
}

# Instants around which clocks are set, or weeks begin, in the zones of the fleets.
clock_edge() {
	local edges=('2053-03-30 00:59:59+00' '2053-03-30 01:00:00+00' '2053-10-26 00:15:00+00' '2053-10-26 01:30:00+00'
		'2053-11-02 05:45:00+00' '2054-03-08 06:59:00+00' '2053-04-05 14:40:00+00' '2053-10-04 15:29:00+00'
		'2053-05-04 21:59:59.999999+00' '2053-04-05 14:10:00+00')
	echo "${edges[$1 % ${#edges[@]}]}"
}

# fleet TENANT YEAR: a random tenant whose instants lie around 1 May of that year.
fleet() {
	PGUSER=postgres SQL "$(sed "s/2053-05-01/$2-05-01/" "$FOTA_TOP/tests/t/220_fleet.sql")" -v tenant="$1" -v devices=$devices -v rules=50 \
		-v seed="$(seed "$1")" >"$T/fleet.log" || { cat "$T/fleet.log"; bail "the random tenant does not load"; }
}
seed() { awk "BEGIN {print ($SEED * 31 + $1) % 999983 / 999983}"; }

decided=0
for tenant in $(seq 2 $((tenants + 1))); do
	fleet "$tenant" 2053
	# Off the steps of the random instants, and on one: edges are then to the microsecond.
	for at in '2053-05-01 12:01:07+00' '2053-05-01 11:30:00+00' "$(clock_edge "$tenant")"; do
		found=$(differences "$tenant" NULL "$at")
		is "tenant $tenant at $at: every row of the whole tenant is equal" "$found" ""
		[ -z "$found" ] || { shrink "$tenant" "$at" "$found"; break; }
		decided=$((decided + devices))
	done
done

# The past: tenants whose rows were others then. And what is there now against the newest epoch, as if this transaction
# had changed it.
past=$(((tenants + 8) / 8))
for tenant in $(seq 1001 $((1000 + past))); do
	fleet "$tenant" 2025
	PGUSER=postgres SQL "$(cat "$FOTA_TOP/tests/t/220_past.sql")" -v tenant="$tenant" -v seed="$(seed "$tenant")" >"$T/past.log" ||
		{ cat "$T/past.log"; bail "the past does not load"; }
	for at in '2025-05-01 12:01:07+00' '2025-05-01 11:30:00+00' '2025-05-01 13:09:59+00' '2025-03-30 01:00:00+00'; do
		found=$(differences "$tenant" NULL "$at")
		is "tenant $tenant in the past, at $at: every row is equal" "$found" ""
		[ -z "$found" ] || { shrink "$tenant" "$at" "$found"; break; }
		decided=$((decided + devices))
	done
	for function in resolve_before resolve_difference; do
		is "tenant $tenant: every row of $function is equal" "$(differences "$tenant" NULL '2053-05-01 12:01:07+00' $function)" ""
		decided=$((decided + devices))
	done
	is "tenant $tenant: the past, asked for a device at a time, is that of the whole tenant" "$(SQL "
		SELECT count(*) FROM (
			SELECT r::text FROM unnest('{1,7,199}'::bigint[]) d, fota.resolve_many($tenant, ARRAY[d], '2025-05-01 12:01:07+00') r
			EXCEPT ALL SELECT r::text FROM fota.resolve_many($tenant, NULL, '2025-05-01 12:01:07+00') r) x")" 0
done
note "$decided decisions compared"
SQL "SELECT DISTINCT concat_ws(' ', r.verdict, r.reason) FROM generate_series(1001, 1000 + $past) t,
	fota.resolve_many(t, ARRAY(SELECT n::bigint FROM generate_series(1, 80) n), '2025-05-01 12:01:07+00') r" >"$T/reasons"
rare=('keep ahead' 'blocked requirement' 'blocked no_build' install)
[ "$past" -ge 5 ] || rare=()
for reason in keep 'keep no_rule' "${rare[@]}"; do
	ok "the random past meets: $reason" grep -qx "$reason" "$T/reasons"
done

# The random fleets reach what can be reached: each verdict and reason at least once.
# (Of few tenants the rarest may be missing.)
SQL "SELECT DISTINCT concat_ws(' ', r.verdict, r.reason) FROM fota.tenant t, unnest('{10:40,11:30,12:01:07,13:10}'::text[]) clock,
	fota.resolve_many(t.tenant_id, NULL, ('2053-05-01 ' || clock || '+00')::timestamptz) r WHERE t.tenant_id > 1" | sort >"$T/reasons"
rare=('wait after' 'wait delta' 'wait window' 'blocked no_path')
[ "$tenants" -ge 30 ] || rare=()
for reason in keep 'keep ahead' 'keep no_rule' 'blocked not_ready' 'blocked unknown_contents' 'blocked undo' \
	'blocked attempts' 'blocked no_build' 'blocked client_cannot' 'blocked requirement' \
	'wait postponed' 'wait backoff' install 'install hop' 'install rebuild' 'install downgrade' remove "${rare[@]}"; do
	ok "the random fleets meet: $reason" grep -qx "$reason" "$T/reasons"
done

SQL "SELECT DISTINCT regexp_replace(r.detail, '^clients of class [a-z]+ (cannot remove|take files named).*', '\1')
	FROM fota.tenant t, fota.resolve_many(t.tenant_id, NULL, '2053-05-01 12:01:07+00') r WHERE t.tenant_id > 1 AND r.reason = 'client_cannot'" >"$T/reasons"
for reason in 'cannot remove' 'take files named'; do
	ok "the random fleets meet clients that $reason" grep -qx "$reason" "$T/reasons"
done

# --- arrays -------------------------------------------------------------------------------------
at='2053-05-01 12:01:07+00'
is "devices come in the order asked for, each once, unknown ones left out" \
	"$(SQL "SELECT string_agg(device_id::text, ',' ORDER BY k) FROM (SELECT DISTINCT ON (r.device_id) r.device_id, r.k
		FROM fota.resolve_many(2, '{9,3,NULL,3,777777,5}', '$at') WITH ORDINALITY r (device_id,b,c,d,e,f,g,h,i,j,l,m,n,o,p,q,k)
		ORDER BY r.device_id, r.k) x")" "9,3,5"
is "a list with repetitions and strangers gives equal rows" "$(differences 2 "'{9,3,NULL,3,777777,5}'" "$at")" ""
is "an empty list gives no row" "$(SQL "SELECT count(*) FROM fota.resolve_many(2, '{}', '$at')")" 0
is "more devices than one batch holds, in falling order, give equal rows" "$(
	PGUSER=postgres SQL "SET session_replication_role = replica;
		INSERT INTO fota.device (tenant_id, device_id, model, serial, serial_key, name) SELECT 2, 10000 + n, 'm1', 'Q' || n, fota.serial_key('Q' || n), 'q' || n
			FROM generate_series(1, 1100) n"
	differences 2 "(SELECT array_agg(device_id ORDER BY device_id DESC) FROM fota.device WHERE tenant_id = 2)" "$at")" ""
is "one device at a time gives the rows of the whole tenant" "$(SQL "
	SELECT count(*) FROM (
		SELECT r::text FROM fota.device d, fota.resolve_many(3, ARRAY[d.device_id], '$at') r WHERE d.tenant_id = 3
		EXCEPT ALL SELECT r::text FROM fota.resolve_many(3, NULL, '$at') r) x")" 0
is "one device at a time gives as many rows" "$(SQL "
	SELECT (SELECT count(*) FROM fota.device d, fota.resolve_many(3, ARRAY[d.device_id], '$at') WHERE d.tenant_id = 3)
		= (SELECT count(*) FROM fota.resolve_many(3, NULL, '$at'))")" t

# --- refusals -----------------------------------------------------------------------------------
refusal() { SQL "$1" -v VERBOSITY=verbose | sed -nE 's/^(psql:.*: )?(ERROR|DETAIL|HINT): +/\2 /p'; }
for call in "resolve_many(99999, '{1}', now())" "resolve_many(NULL, '{1}', now())" "resolve_many(2, '{1}', NULL)"; do
	native=$(refusal "SELECT * FROM fota.$call")
	like "fota.$call is refused" "$native" '^ERROR (42501|22004): '
	is "and in the same words by both" "$native" "$(refusal "SELECT * FROM fota_oracle.$call")"
done
done_testing
