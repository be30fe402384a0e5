#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# A hot standby resolves as the primary does: what was committed and replayed is seen by the next call, what was rolled
# back never, and a REPEATABLE READ transaction keeps to its snapshot, although nothing tells the standby's sessions of
# changes.
. "$(dirname "$0")/lib.sh"
FOTA_PG_CONF=$'wal_level = replica\nmax_wal_senders = 4\nfsync = off'
export FOTA_PG_CONF
need_cluster native
P=$C
SQL "SELECT fota.add_model('m', '{app}');
	SELECT fota.add_image('m', 'app', v, v::bytea, '{\"format\": \"raw\"}') FROM unnest('{1.0,2.0,3.0}'::text[]) v;
	SELECT fota.add_release('r', 'm', '{\"app\": \"1.0\"}');
	INSERT INTO fota.rule (name, release, model) VALUES ('rule', 'r', 'm');
	SELECT fota.start_rollout('rule');
	INSERT INTO fota.device (device_id, model, serial) VALUES (1, 'm', 'S1')" >"$T/setup.log" || { cat "$T/setup.log"; bail "setup"; }

# --- the standby ---------------------------------------------------------------------------------
S=$T/standby
mkdir -p "$S"
cluster_copy_server "$S" "$(cat "$P/pg/major")" && cluster_refresh "$S" || bail "no server for the standby"
mkdir -p "$(cluster_socket_dir "$S")"
if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$S" "$(cluster_socket_dir "$S")"; fi
as_owner "$(cluster_bin "$P")/pg_basebackup" -h "$PGHOST" -p "$PGPORT" -U postgres -D "$S/data" -R -c fast >"$T/backup.log" 2>&1 ||
	{ cat "$T/backup.log"; bail "pg_basebackup"; }
printf "port = %s\nunix_socket_directories = '%s'\nhot_standby = on\n" "$(free_port)" "$(cluster_socket_dir "$S")" >>"$S/data/postgresql.conf"
STARTED_CLUSTERS+=("$S")
primary=$PGHOST:$PGPORT
cluster_start "$S" || bail "the standby did not start"
standby=$PGHOST:$PGPORT
export PGUSER=fota_dba
on_primary() { PGHOST=${primary%:*} PGPORT=${primary#*:} SQL "$@"; }
replayed() { [ "$(SQL "SELECT pg_last_wal_replay_lsn() >= '$1'")" = t ]; }
catch_up() { wait_for 20 replayed "$(on_primary 'SELECT pg_current_wal_lsn()')" || bail "the standby does not follow"; }
catch_up
is "it is a standby" "$(SQL 'SELECT pg_is_in_recovery()')" t

# One session on the standby for all that follows; what it is sent, and what it said.
now="SELECT r.version FROM fota.resolve_many(1, '{1}', now()) r;"
kept="SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'fota catalogue';"
on_primary "GRANT pg_read_all_stats TO fota_dba" -U postgres >/dev/null
catch_up
coproc ASK { exec "$(cluster_bin "$S")/psql" -X -Atq -v ON_ERROR_STOP=1 2>&1; }
ask() {
	local line
	printf '%s\n' "$1" >&"${ASK[1]}"
	read -r -t 20 line <&"${ASK[0]}" || line="no answer"
	echo "$line"
}
tell() { printf '%s\n' "$1" >&"${ASK[1]}"; }

is "the standby resolves" "$(ask "$now")" 1.0
is "and keeps what it compiled" "$(ask "$kept")" 1
on_primary "UPDATE fota.release_item SET version = '2.0'" >/dev/null
catch_up
is "a commit of the primary is seen once it is replayed" "$(ask "$now")" 2.0
on_primary "BEGIN; UPDATE fota.release_item SET version = '3.0'; SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK; CHECKPOINT" -U postgres >/dev/null
catch_up
is "what the primary rolled back is never seen" "$(ask "$now")" 2.0
tell "BEGIN ISOLATION LEVEL REPEATABLE READ;"
is "a snapshot is taken" "$(ask "$now")" 2.0
on_primary "UPDATE fota.release_item SET version = '1.0'" >/dev/null
catch_up
is "REPEATABLE READ goes on to see its snapshot" "$(ask "$now")" 2.0
tell "COMMIT;"
is "and the new catalogue afterwards" "$(ask "$now")" 1.0
tell "BEGIN ISOLATION LEVEL REPEATABLE READ;"
is "a snapshot is taken before the catalogue is read" "$(ask "SELECT 'snapshot' FROM fota.rule;")" snapshot
on_primary "UPDATE fota.release_item SET version = '3.0'" >/dev/null
catch_up
is "the old snapshot compiles the old catalogue" "$(ask "$now")" 1.0
tell "COMMIT;"
is "which nobody is given later" "$(ask "$now")" 3.0
# Of the past, too: of each of the catalogues that were committed, in order.
then=$(SQL "SELECT string_agg(r.version, ' ' ORDER BY c.epoch) FROM fota.change c, fota.resolve_many(1, '{1}', c.at) r WHERE r.version IS NOT NULL AND c.epoch IN (
	SELECT o.epoch FROM fota.change o JOIN fota.row_version v USING (tenant_id, change_no) WHERE v.relation = 'release_item')")
is "the standby tells what was once" "$then" "2.0 1.0 3.0"
is "as the primary does" "$(on_primary "SELECT count(*) FROM fota.change c, fota.resolve_many(1, '{1}', c.at) r WHERE r.version = '2.0'")" 1
tell '\q'
done_testing
