#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Random sets of six reports about one or two devices, with deltas, two items, download-only rules, postponements and
# one report that is sent twice: in the order of their instants, in the reverse order and in random ones they end in the
# same state. tests/regress/sql/rollout_orders.sql has worked examples.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/oracle.sh"
export FOTA_PG_CONF='fsync = off' PGTZ=UTC PGDATESTYLE=ISO
random_seed
sets=${FOTA_LONG:+3000}
sets=${sets:-60}
for profile in native portable; do
	need_cluster "$profile" "$profile"
	SQL "$(cat "$FOTA_TOP/tests/t/232_orders.sql")" >"$T/set_up.log" || { cat "$T/set_up.log"; bail "devices"; }
	SQL "SELECT setseed($(awk "BEGIN {print $SEED % 999983 / 999983}"));
		CREATE FUNCTION public.pick(int[]) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT \$1[1 + floor(random() * cardinality(\$1))::int]';
		CREATE TABLE public.said AS
		SELECT set, n, CASE WHEN random() < 0.8 THEN one ELSE other END AS device, pick('{1,1,2,2,3,4,5,5,5,6,7,8,9}') AS state, pick('{1,2,3,4,5,6}') AS minute
		FROM (SELECT set, pick('{1,2,3,4,5,6,7,8}') AS one, pick('{1,2,3,4,5,6,7,8}') AS other FROM generate_series(1, $sets) set) x, generate_series(1, 6) n;
		CREATE TABLE public.set AS
		SELECT set, array_agg(report) || min(report) AS reports FROM (
			SELECT set, ARRAY[device, CASE WHEN device IN (5, 6) THEN pick('{0,1,2}') ELSE pick('{0,1,1,1,1}') END, state,
				CASE state WHEN 5 THEN pick('{1,2,2,3}') ELSE 0 END, CASE WHEN state IN (6, 7) THEN 60 * pick('{1,2,3}') ELSE 0 END, minute] AS report
			FROM public.said WHERE n < 6) r GROUP BY set;
		CREATE TABLE public.ended AS
		SELECT s.set, k, public.ends((SELECT array_agg(r.report ORDER BY CASE k WHEN 0 THEN r.report[6] WHEN 1 THEN -r.report[6] ELSE random() END)
			FROM (SELECT s.reports[n:n][:] AS report FROM generate_subscripts(s.reports, 1) n) t, LATERAL (SELECT ARRAY(SELECT unnest(t.report)) AS report) r)) AS state
		FROM public.set s, generate_series(0, 7) k" >"$T/sets.log" || { cat "$T/sets.log"; bail "sets"; }
	is "$sets sets of reports, in eight orders each, end in one state per set ($profile)" "$(SQL "
		SELECT s.reports, min(e.state), max(e.state) FROM public.ended e JOIN public.set s USING (set)
		GROUP BY s.set, s.reports HAVING count(DISTINCT e.state) > 1 ORDER BY s.set LIMIT 1")" ""
	is "they were taken, and differ from set to set ($profile)" "$(SQL "SELECT count(*), count(DISTINCT state) > $sets / 2 FROM public.ended")" "$((8 * sets))|t"
	is "items came to every state that reports bring about ($profile)" "$(SQL "
		SELECT count(DISTINCT w) FROM public.ended, unnest('{offered,downloading,downloaded,installing,installed,failed,declined,cancelled,finished}'::text[]) w
		WHERE state ~ ('[,\"]' || w || '[,\"]')")" 9
	cluster_stop "$C" immediate
done
done_testing
