#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# A package becomes images of all that it holds, firmware and sounds alike, and a release: in one transaction, in both profiles.
# What is refused leaves nothing behind.
. "$(dirname "$0")/lib.sh"
export FOTA_PG_CONF='fsync = off'
CTL=$BIN/fotactl
cd "$T" || exit 1
printf '%s\n' ':030100000A0B0CDB' ':00000001FF' >lamp.hex
printf 'RIFF a bell' >bell.wav
openssl genpkey -algorithm ED25519 -out ed.key
openssl pkey -in ed.key -pubout -out ed.pub
openssl genpkey -algorithm ED25519 -out other.key
openssl pkey -in other.key -pubout -out other.pub
draft() { cat <<JSON
{"fup": 1, "name": "lamp", "version": "$1", "compatible": [{"vendor": "acme", "model": "lamp"}],
 "components": [{"name": "app", "file": "lamp.hex", "format": "ihex", "version": "$1"}],
 "aux": [{"name": "${2:-sounds}", "file": "bell.wav", "type": "audio/wav"}]}
JSON
}
draft 1.4.0 >draft.json
draft 1.5.0 nose >nose.json
for n in draft nose; do ok "a package is made ($n)" "$CTL" package make --manifest $n.json --key ed.key --out $n.fup; done
run() { "$CTL" "$@" >out 2>err; echo $?; }
stored() { SQL "SELECT string_agg(concat_ws(' ', component, version, state, format), ', ' ORDER BY component) FROM fota.image"; }

for profile in native portable; do
	need_cluster "$profile" "$profile"
	SQL "SELECT fota.add_model('lamp', '{app,sounds}')" >/dev/null
	like "without a key nothing is imported ($profile)" "$(run package import draft.fup) $(cat err)" '^1 error UF008: draft.fup: 1 of 1 signatures not valid .*no --key was given'
	is "by another key neither ($profile)" "$(run package import draft.fup --key other.pub)" 1
	is "a component that the model lacks stops all of it ($profile)" "$(run package import nose.fup --key ed.pub)" 1
	like "  which is named ($profile)" "$(cat err)" 'error [0-9A-Z]{5}: .*nose.*component nose of model lamp'
	is "  and nothing is left ($profile)" "$(stored)" ""
	is "a package is imported, with a release ($profile)" "$(run package import draft.fup --key ed.pub --release spring)" 0
	is "  an image of each of its files ($profile)" "$(stored)" "$([ "$profile" = native ] &&
		echo 'app 1.4.0 published ihex, sounds 1.4.0 published raw' || echo 'app 1.4.0 decoding ihex, sounds 1.4.0 decoding')"
	is "  a release of them ($profile)" "$(SQL "SELECT string_agg(concat_ws(' ', release, model, component, version), ', ' ORDER BY component) FROM fota.release_item")" \
		"spring lamp app 1.4.0, spring lamp sounds 1.4.0"
	is "a second time it is there already ($profile)" "$(run package import draft.fup --key ed.pub)" 1
	like "  which is said ($profile)" "$(cat err)" 'error 23505: there is an image of lamp app 1.4.0 already'
	is "another model may be named, a signature waived ($profile)" \
		"$(SQL "SELECT fota.add_model('lamp-2', '{app,sounds}')" >/dev/null; run package import draft.fup --unsigned --model lamp-2) $(SQL "SELECT count(*) FROM fota.image WHERE model = 'lamp-2'")" "0 2"
	is "a file that is no package is refused ($profile)" "$(run package import lamp.hex --unsigned)" 1
	cluster_stop "$C" immediate
done
done_testing
