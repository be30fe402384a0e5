#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# What was decided then is what is said now of then: a fleet lives through random changes, and after each the decisions
# of that moment are written down; in the end the same instants are asked for again, as the past. On the way, what a change
# does is asked before it is committed. FOTA_LONG lives longer.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/oracle.sh"
random_seed
export FOTA_PG_CONF='fsync = off'
steps=${FOTA_LONG:+2000}
steps=${FOTA_STEPS:-${steps:-100}}

# rows LEFT RIGHT: the rows of two calls that differ, at most three.
rows() {
	cat <<-SQL
		(SELECT concat_ws(' ', 'row', k, 'device', l.r ->> 'device_id', l.r ->> 'component') || ': '
			|| (SELECT string_agg(format('%s: %s, %s', key, coalesce(l.r ->> key, 'nothing'), coalesce(o.r ->> key, 'nothing')), '; ')
				FROM jsonb_object_keys(coalesce(l.r, o.r)) key WHERE l.r -> key IS DISTINCT FROM o.r -> key)
		FROM ($1) l
		FULL JOIN ($2) o USING (k) WHERE l.r IS DISTINCT FROM o.r ORDER BY k LIMIT 3)
	SQL
}
call() { echo "SELECT row_number() OVER () AS k, to_jsonb(r) AS r FROM $1 r"; }

for profile in native portable; do
	# Beside the native leaves their twins are asked, too.
	twin=fota
	if [ $profile = native ]; then need_oracle; twin=fota_oracle; else need_cluster portable portable; fi
	{
		cat "$FOTA_TOP/tests/t/224_past.sql"
		for n in $(seq "$steps"); do
			if [ $((n % 3)) = 0 ]; then
				# What would that change do? Thrown away again.
				echo "BEGIN; SELECT pg_temp.step(false);"
				echo "SELECT 'UNLIKE before', $(rows "$(call "fota.resolve_before(1, NULL, now())")" "$(call "$twin.resolve_before(1, NULL, now())")") WHERE '$twin' <> 'fota';"
				echo "SELECT 'UNLIKE difference', $(rows "$(call "fota.resolve_difference(1, NULL, now())")" "$(call "$twin.resolve_difference(1, NULL, now())")");"
				cat <<-SQL
				SELECT 'CHANGED', count(*) FROM fota.resolve_difference(1, NULL, now());
				SELECT 'UNLIKE rows', x FROM (
					SELECT coalesce(l.device_id, b.device_id), coalesce(l.component, b.component), b.verdict, l.verdict, b.version, l.version, b.rule_id, l.rule_id, b.reason, l.reason
					FROM fota.resolve_many(1, NULL, now()) l FULL JOIN fota.resolve_before(1, NULL, now()) b USING (device_id, component)
					WHERE component IS NOT NULL AND (l.verdict, l.rule_id, l.version, l.build, l.reason) IS DISTINCT FROM (b.verdict, b.rule_id, b.version, b.build, b.reason)
					EXCEPT ALL SELECT d.device_id, d.component, d.was_verdict, d.verdict, d.was_version, d.version, d.was_rule_id, d.rule_id, d.was_reason, d.reason
					FROM fota.resolve_difference(1, NULL, now()) d) x;
				SELECT 'UNLIKE list', x FROM (SELECT d.* FROM fota.resolve_difference(1, NULL, now()) d
					EXCEPT ALL SELECT d.* FROM fota.resolve_difference(1, fota.changed_devices(1), now()) d) x;
				ROLLBACK;
				SQL
			fi
			echo "SELECT pg_temp.step(true);"
			echo "INSERT INTO seen SELECT s.t, row_number() OVER (), to_jsonb(r) FROM (SELECT clock_timestamp() AS t) s, fota.resolve_many(1, NULL, s.t) r;"
		done
		echo "SELECT 'THEN', t, $(rows "SELECT s.k, s.r FROM seen s WHERE s.t = x.t" "$(call "fota.resolve_many(1, NULL, x.t)")") AS d FROM (SELECT DISTINCT t FROM seen) x ORDER BY t;"
		[ $profile = portable ] ||
			echo "SELECT 'TWIN', t, $(rows "$(call "fota.resolve_many(1, '{3,7,1,99,3}', x.t)")" "$(call "$twin.resolve_many(1, '{3,7,1,99,3}', x.t)")") AS d FROM (SELECT DISTINCT t FROM seen) x ORDER BY t;"
		echo "SELECT 'COMPARED', count(*), count(DISTINCT t) FROM seen;"
		echo "SELECT DISTINCT 'REASON', concat_ws(' ', r ->> 'verdict', r ->> 'reason') FROM seen;"
	} >"$T/$profile.sql"
	"$(cluster_bin "$C")/psql" -Xq -At -v ON_ERROR_STOP=1 -v seed="$(awk "BEGIN {print $SEED % 999983 / 999983}")" \
		-f "$T/$profile.sql" >"$T/$profile.out" 2>"$T/$profile.err" || { tail -n 20 "$T/$profile.err"; bail "the fleet does not live"; }
	is "every decision is told again as it was ($profile)" "$(grep '^THEN|.*|row' "$T/$profile.out" | head -n 5)" ""
	[ $profile = portable ] ||
		is "the past is the same to the native resolver and to its twin" "$(grep '^TWIN|.*|row' "$T/$profile.out" | head -n 5)" ""
	is "the difference that an open change makes is that of the two answers ($profile)" "$(grep -E '^UNLIKE [a-z]+\|.+' "$T/$profile.out" | head -n 5)" ""
	note "$(grep '^COMPARED' "$T/$profile.out"); $(grep -c '^CHANGED|[^0]' "$T/$profile.out") changes made a difference; refused: $(grep -c refused: "$T/$profile.out")"
	ok "some changes made a difference ($profile)" grep -q '^CHANGED|[^0]' "$T/$profile.out"
	ok "most changes were made ($profile)" test "$(grep -c refused: "$T/$profile.out")" -lt $((steps * 4 / 10))
	ok "the fleet met many reasons ($profile)" test "$(grep -c '^REASON' "$T/$profile.out")" -ge 5
	cluster_stop "$C" immediate
done
done_testing
