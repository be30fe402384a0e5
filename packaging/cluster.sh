#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Private PostgreSQL clusters for `make run` and the tests; source this file.
#
# A cluster lives in one folder DIR and touches nothing outside it: a relocated
# copy of PostgreSQL's bin, lib and share (its binaries find their files relative
# to themselves), in which our extension can be installed without root, the data,
# and a unix socket. Started as root, everything runs as user postgres.
#
#   cluster_init DIR        copy, install the extension, initdb      (idempotent)
#   cluster_start DIR       start; exports PGHOST PGPORT PGUSER
#   cluster_stop DIR [MODE] stop (fast, or immediate)
#   cluster_refresh DIR     install what has been built since; FOTA_EXT_VARIANT=ubsan takes build/ext-ubsan
#   cluster_psql DIR ...    psql of that copy, as the cluster's superuser
#   cluster_env DIR         exports PGHOST PGPORT PGUSER of a cluster
#   as_owner COMMAND ...    runs a command as the user the cluster runs as

FOTA_TOP=${FOTA_TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
FOTA_BUILD=${FOTA_BUILD:-$FOTA_TOP/build}

# The newest server that Debian installed, or FOTA_PG_MAJOR.
cluster_major() {
	if [ -n "${FOTA_PG_MAJOR:-}" ]; then echo "$FOTA_PG_MAJOR"; return; fi
	ls /usr/lib/postgresql 2>/dev/null | sort -n | while read -r v; do
		[ -x "/usr/lib/postgresql/$v/bin/postgres" ] && echo "$v"; done | tail -n 1
}

as_owner() { ( exec_as_owner "$@" ); }

# The same without a process in between, for programs whose pid is wanted: ( exec_as_owner .. ) &
exec_as_owner() {
	if [ "$(id -u)" = 0 ]; then
		exec setpriv --reuid=postgres --regid=postgres --clear-groups -- \
			env HOME=/tmp USER=postgres LOGNAME=postgres "$@"
	else
		exec "$@"
	fi
}

cluster_bin() { echo "$1/pg/lib/postgresql/$(cat "$1/pg/major")/bin"; }

# A socket path may have 107 bytes; a long DIR gets its socket in a private folder of /tmp.
cluster_socket_dir() {
	local dir=$1/socket
	if [ ${#dir} -gt 80 ]; then
		dir=/tmp/fota-$(printf %s "$1" | sha256sum | cut -c1-16)
	fi
	echo "$dir"
}

cluster_copy_server() {
	local dir=$1 major=$2
	[ -f "$dir/pg/major" ] && [ "$(cat "$dir/pg/major")" = "$major" ] &&
		[ "$dir/pg/major" -nt "/usr/lib/postgresql/$major/bin/postgres" ] && return 0
	rm -rf "$dir/pg"
	mkdir -p "$dir/pg/lib/postgresql/$major" "$dir/pg/share/postgresql/$major"
	cp -a "/usr/lib/postgresql/$major/bin" "/usr/lib/postgresql/$major/lib" "$dir/pg/lib/postgresql/$major/"
	rm -rf "$dir/pg/lib/postgresql/$major/lib/bitcode" "$dir/pg/lib/postgresql/$major/lib/pgxs"
	cp -a "/usr/share/postgresql/$major/." "$dir/pg/share/postgresql/$major/"
	echo "$major" >"$dir/pg/major"
}

cluster_refresh() {
	local dir=$1 major lib
	major=$(cat "$dir/pg/major")
	lib=$FOTA_BUILD/ext${FOTA_EXT_VARIANT:+-$FOTA_EXT_VARIANT}/fota.so
	[ -f "$lib" ] || return 0
	install -m 755 "$lib" "$dir/pg/lib/postgresql/$major/lib/fota.so.new"
	mv "$dir/pg/lib/postgresql/$major/lib/fota.so.new" "$dir/pg/lib/postgresql/$major/lib/fota.so"
	install -m 644 "$FOTA_TOP/extension/fota.control" "$FOTA_BUILD"/sql/fota--*.sql \
		"$dir/pg/share/postgresql/$major/extension/"
}

cluster_free_port() {
	perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1) or die; print $s->sockport' 2>/dev/null ||
		echo $((20000 + RANDOM))
}

cluster_init() {
	local dir=$1 major sock
	major=$(cluster_major)
	[ -n "$major" ] || { echo "cluster: no PostgreSQL server under /usr/lib/postgresql; run packaging/deps.sh run" >&2; return 1; }
	mkdir -p "$dir"
	cluster_copy_server "$dir" "$major" || return 1
	cluster_refresh "$dir" || return 1
	sock=$(cluster_socket_dir "$dir")
	mkdir -p "$sock"
	chmod 755 "$sock"
	if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$dir" "$sock"; fi
	[ -f "$dir/data/PG_VERSION" ] && return 0
	# It has its name only when it is whole: one that was cut short is begun again.
	rm -rf "$dir/data.new"
	as_owner "$(cluster_bin "$dir")/initdb" -D "$dir/data.new" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
		--no-sync >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; return 1; }
	{
		echo "port = ${FOTA_PG_PORT:-$(cluster_free_port)}"
		echo "unix_socket_directories = '$sock'"
		echo "listen_addresses = '127.0.0.1'"
		echo "max_connections = 60"
		echo "shared_buffers = 64MB"
		echo "log_line_prefix = '%m [%p] %u '"
		echo "timezone = 'UTC'"
		echo "${FOTA_PG_CONF:-}"
	} >>"$dir/data.new/postgresql.conf"
	rm -rf "$dir/data"
	mv "$dir/data.new" "$dir/data"
}

cluster_env() {
	PGHOST=$(cluster_socket_dir "$1")
	PGPORT=$(sed -n 's/^port = *\([0-9]*\).*/\1/p' "$1/data/postgresql.conf" | tail -n 1)
	PGUSER=postgres
	export PGHOST PGPORT PGUSER
}

cluster_start() {
	cluster_env "$1"
	as_owner "$(cluster_bin "$1")/pg_ctl" -D "$1/data" status >/dev/null 2>&1 && return 0
	as_owner "$(cluster_bin "$1")/pg_ctl" -D "$1/data" -l "$1/data/server.log" -w -t 60 start >/dev/null 2>&1 ||
		{ echo "cluster: the server in $1 did not start:" >&2; tail -n 20 "$1/data/server.log" >&2; return 1; }
}

cluster_stop() {
	[ -f "$1/data/postmaster.pid" ] || return 0
	as_owner "$(cluster_bin "$1")/pg_ctl" -D "$1/data" -m "${2:-fast}" -w stop >/dev/null 2>&1
}

cluster_psql() {
	local dir=$1
	shift
	( cluster_env "$dir"; exec "$(cluster_bin "$dir")/psql" -X -v ON_ERROR_STOP=1 "$@" )
}

# Prints the folder to use for DIR: DIR itself, or, where the cluster's user cannot reach it,
# a private folder under /var/tmp that DIR/where names.
cluster_folder() {
	local dir=$1 other
	mkdir -p "$dir" || return 1
	dir=$(cd "$dir" && pwd)
	if [ "$(id -u)" != 0 ] || as_owner test -x "$dir" 2>/dev/null; then
		echo "$dir"
		return
	fi
	other=/var/tmp/fota-$(printf %s "$dir" | sha256sum | cut -c1-16)
	mkdir -p "$other"
	chown postgres:postgres "$other"
	chmod 700 "$other"
	echo "$other" >"$dir/where"
	echo "$other"
}
