#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Installs from Debian's packages what a set of commands needs and this machine lacks; says what it
# does, changes nothing when all is there (and then needs no root).
#
#   packaging/deps.sh run|check|long
#
# run: build and `make run`.  check: run, and what the tests need.  long: check, and what only the long tests need.
set -eu

run="gcc make pkg-config libc6-dev postgresql-common postgresql-15 postgresql-client-15 postgresql-server-dev-15
 libpq-dev libssl-dev libdivsufsort-dev libbz2-dev liblzma-dev libzstd-dev libh2o-evloop-dev libwslay-dev zlib1g-dev libcoap3-dev
 libcurl4-openssl-dev openssl curl ca-certificates perl-base gcc-avr avr-libc binutils-avr util-linux procps"
check="$run time jq clang wrk libclang-rt-14-dev binutils libcoap3-bin bsdiff srecord python3-intelhex cpio unzip libcbor-dev git npm
 u-boot-tools device-tree-compiler dfu-util zip bzip2 xz-utils zstd squashfs-tools rauc mender-artifact swugenerator"
long="$check"

# What swupdate links with: the program itself is unpacked by the test that needs it, not installed.
check="$check libconfig9 libgpiod2 liblua5.3-0 librsync2 libb2-1 liburiparser1 libwebsockets17 libzck1
 libarchive13 libjson-c5"

case ${1:-} in
run) want=$run ;;
check) want=$check ;;
long) want="$check $long" ;;
*)
	echo "usage: packaging/deps.sh run|check|long" >&2
	exit 2
	;;
esac

# A package counts as there when dpkg says so, or when the command it is wanted for is on the PATH already.
there() {
	case $1 in
	npm | git | make | gcc | curl) command -v "$1" >/dev/null 2>&1 && return 0 ;;
	esac
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=
for p in $want; do
	there "$p" || missing="$missing $p"
done
if [ -z "$missing" ]; then
	echo "deps: all packages for '$1' are installed"
	exit 0
fi
if [ "$(id -u)" != 0 ]; then
	echo "deps: these packages are missing; run as root: apt-get install$missing" >&2
	exit 1
fi

export DEBIAN_FRONTEND=noninteractive
echo "deps: apt-get update"
apt-get update -qq

# Debian's server package creates and starts a cluster of its own unless it is told not to.
if ! dpkg-query -W -f '${Package} ${db:Status-Status}\n' 'postgresql-[0-9]*' 2>/dev/null |
	grep -qE '^postgresql-[0-9]+ installed'; then
	there postgresql-common || apt-get install -y -qq --no-install-recommends postgresql-common >/dev/null
	conf=/etc/postgresql-common/createcluster.conf
	if ! grep -qE '^ *create_main_cluster *= *false' "$conf"; then
		sed -i -E '/^ *create_main_cluster *=/d' "$conf"
		echo "create_main_cluster = false" >>"$conf"
		echo "deps: create_main_cluster = false in $conf, so that no Debian cluster is made or started"
	fi
else
	echo "deps: a PostgreSQL server package is installed already; $(
		)its clusters and /etc/postgresql-common are left alone"
fi

echo "deps: apt-get install$missing"
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
echo "deps: done"
