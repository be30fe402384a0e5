#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Throw-away keys for demonstrations and tests.
#
#   keys.sh server DIR        DIR/ca.crt ca.key (one CA for server and devices), server.crt server.key
#                             (localhost, 127.0.0.1, ::1), wrap.key (wraps PSKs; PostgreSQL never sees it)
#   keys.sh device DIR NAME   DIR/NAME.crt NAME.key, CN = NAME, signed by DIR/ca.key
set -eu
what=$1 dir=$2
mkdir -p "$dir"
cd "$dir"
umask 077

sign() {
	local name=$1 cn=$2 ext=$3
	openssl ecparam -name prime256v1 -genkey -noout -out "$name.key"
	openssl req -new -key "$name.key" -subj "/CN=$cn" -out "$name.csr"
	openssl x509 -req -in "$name.csr" -CA ca.crt -CAkey ca.key -set_serial "0x$(openssl rand -hex 12)" -days 825 \
		-extfile <(printf '%s\n' "$ext") -out "$name.crt"
	rm -f "$name.csr"
	chmod 644 "$name.crt"
}

case $what in
server)
	if [ ! -f ca.crt ]; then
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.crt \
			-days 3650 -subj '/CN=pgfota throw-away CA' -addext basicConstraints=critical,CA:TRUE \
			-addext keyUsage=critical,keyCertSign,cRLSign
		chmod 644 ca.crt
	fi
	[ -f server.crt ] || sign server localhost "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1
extendedKeyUsage=serverAuth"
	[ -f wrap.key ] || openssl rand -hex 32 >wrap.key
	;;
device)
	[ -f "$3.crt" ] || sign "$3" "$3" "extendedKeyUsage=clientAuth"
	;;
*)
	echo "usage: keys.sh server DIR | device DIR NAME" >&2
	exit 2
	;;
esac
