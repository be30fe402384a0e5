#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# fotactl without a database: help, wrong usage, deltas made, applied and inspected on real files, what is
# refused, and that an output is whole or not there.
. "$(dirname "$0")/lib.sh"
CTL=$BIN/fotactl
export PGHOST=$T/nowhere PGPORT=1
unset FOTA_KEY_FILE

# run ARGS ..: exit status; stdout is in $T/out, stderr in $T/err
run() { "$CTL" "$@" >"$T/out" 2>"$T/err"; echo $?; }

# --- help and usage -------------------------------------------------------------------------------
is "--help is status 0" "$(run --help)" 0
COMMANDS=$(sed -n 's/^  \([a-z]* [a-z]*\)  .*/\1/p' "$T/out")
is "it lists every command" "$(echo "$COMMANDS" | tr '\n' ',')" \
	"image inspect,image detect,image convert,image add,image wait,package make,package verify,package inspect,package import,delta make,delta apply,delta inspect,device add,device simulate,"
while read -r c; do
	# shellcheck disable=SC2086
	is "$c --help is status 0" "$(run $c --help)" 0
	like "and says how it is called" "$(cat "$T/out")" "^fotactl $c "
	is "and nothing on stderr" "$(cat "$T/err")" ""
	# shellcheck disable=SC2086
	is "$c with an unknown option is status 2" "$(run $c --nonsense)" 2
	like "which is named, with the way to the help" "$(cat "$T/err")" "^error: unknown option --nonsense \\(see fotactl $c --help\\)$"
	# shellcheck disable=SC2086
	is "$c with an operand too many is status 2" "$(run $c a b c d e)" 2
done <<<"$COMMANDS"
is "a group's --help is status 0" "$(run device --help)" 0
is "and lists the group" "$(sed -n 's/^  \([a-z]* [a-z]*\)  .*/\1/p' "$T/out" | tr '\n' ',')" "device add,device simulate,"
is "that of a word that there is not is status 2" "$(run devices --help)" 2
is "--version is status 0" "$(run --version)" 0
is "no command is status 2" "$(run)" 2
is "an unknown command is status 2" "$(run image paint)" 2
like "which is named" "$(cat "$T/err")" 'unknown command: image paint'
is "an option without its value is status 2" "$(run delta make a b -o)" 2
like "which is said" "$(cat "$T/err")" '-o needs a value'
usage() { local name=$1 want=$2; shift 2; is "$name is status 2" "$(run "$@")" 2; like "$name: the reason" "$(cat "$T/err")" "$want"; }
usage "image convert without a target" '-t FORMAT and -o OUT are needed' image convert f
usage "image convert to an unknown format" 'unknown format paper' image convert f -t paper -o g
usage "image convert with a bad base" '--base takes a number, decimal or 0x' image convert f -t raw -o g --base here
usage "image convert with a bad fill" '--fill takes a byte' image convert f -t raw -o g --fill 256
usage "image convert with a bad endian" '--endian is big or little' image convert f -t vmem -o g --endian middle
usage "image inspect with a bad base" '--base takes a number' image inspect f --base x
usage "-t where there is none" 'unknown option' image inspect -t ihex f
usage "package make without a manifest" '--manifest and --out are needed' package make
usage "a certificate before its key" '--certificate goes behind' package make --certificate c
usage "package verify of an unknown format" 'unknown format paper' package verify f --format paper
usage "delta make without -o" 'where to' delta make a b
usage "delta make of an unknown format" 'unknown delta format xyz' delta make a b -o c --format xyz
usage "image add without a model" '--model, --component and --version are needed' image add f --component c --version 1
usage "image add with a bad --wait" '--wait takes seconds' image add f --model m --component c --version 1 --wait soon
usage "device add without a model" '--model is needed' device add d
usage "device add with a bad year" '--year takes a year' device add d --model m --year x
usage "device add with both kinds of secret" 'choose one' device add d --model m --psk --token
usage "device add --psk without a wrapping key" 'FOTA_KEY_FILE' device add d --model m --psk
usage "device simulate without a server" '--https URL or --coaps URI' device simulate d --state "$T/d"
usage "device simulate without a folder" '--state DIR' device simulate d --https https://x --token t
usage "device simulate over HTTPS without a credential" '--cert and --key, or --token' device simulate d --https https://x --state "$T/d"
usage "device simulate over CoAP without a key" '--psk-file' device simulate d --coaps coaps://x --state "$T/d"
usage "a factory image without a file" 'COMPONENT=VERSION:FILE' device simulate d --https https://x --token t --state "$T/d" --factory app=1.0.0
usage "a component that is no name" 'COMPONENT=VERSION:FILE' device simulate d --https https://x --token t --state "$T/d" --factory ../app=1.0.0:f

# --- what needs a database says that there is none --------------------------------------------------
head -c 1000 /dev/urandom >"$T/f"
is "image add without a server is status 1" "$(run image add "$T/f" --model m --component c --version 1)" 1
like "with an SQLSTATE and a reason" "$(cat "$T/err")" '^error 08006: .*(No such file|could not connect|failed)'

# --- deltas of real files ----------------------------------------------------------------------------
# Two builds of the lamp, and two different programs of this machine.
make -s -C "$FOTA_TOP/tests/firmware" OUT="$T/lamp" >"$T/firmware.log" 2>&1
objcopy -I ihex -O binary --gap-fill 255 "$T/lamp/app-1.0.0.hex" "$T/lamp-1.bin"
objcopy -I ihex -O binary --gap-fill 255 "$T/lamp/app-1.1.0.hex" "$T/lamp-2.bin"
cp "$(command -v bash)" "$T/prog-1.bin"
cp "$(command -v perl)" "$T/prog-2.bin"
: >"$T/none-1.bin"
cp "$T/lamp-1.bin" "$T/none-2.bin"
head -c 70000 /dev/zero >"$T/zero-1.bin"
head -c 700000 /dev/zero >"$T/zero-2.bin"
for pair in lamp prog none zero; do
	old=$T/$pair-1.bin new=$T/$pair-2.bin
	is "$pair: a delta is made" "$(run delta make "$old" "$new" -o "$T/$pair.delta")" 0
	like "$pair: its size is said" "$(cat "$T/out")" "^$T/$pair.delta: [0-9]+ bytes, [0-9.]+ % of $(stat -c %s "$new")\$"
	is "$pair: it is applied" "$(run delta apply "$old" "$T/$pair.delta" -o "$T/$pair.new")" 0
	ok "$pair: what comes out is the new file, byte for byte" cmp "$T/$pair.new" "$new"
	is "$pair: it is inspected" "$(run delta inspect "$T/$pair.delta")" 0
	like "$pair: which says format and target" "$(cat "$T/out" | tr '\n' ' ')" "format +bsdiff40 .*target +$(stat -c %s "$new") bytes"
	is "$pair: made again it is the same" "$(run delta make "$old" "$new" -o - >/dev/null; cmp "$T/out" "$T/$pair.delta" && echo same)" same
done
ok "bspatch of Debian takes our delta" bspatch "$T/lamp-1.bin" "$T/lamp.bspatch" "$T/lamp.delta"
ok "and comes to the same" cmp "$T/lamp.bspatch" "$T/lamp-2.bin"
bsdiff "$T/prog-1.bin" "$T/prog-2.bin" "$T/debian.delta"
is "the delta of Debian's bsdiff is taken" "$(run delta apply "$T/prog-1.bin" "$T/debian.delta" -o "$T/prog.new")" 0
ok "and gives the new file" cmp "$T/prog.new" "$T/prog-2.bin"
ok "a delta between two builds is a small part of the image" test "$(stat -c %s "$T/lamp.delta")" -lt $(($(stat -c %s "$T/lamp-2.bin") / 4))

# --- what is refused, and what is left behind ---------------------------------------------------------
refused() {
	local name=$1 code=$2 want=$3; shift 3
	rm -f "$T/refused" "$T/refused.part"
	is "$name is status 1" "$(run "$@")" 1
	like "$name: the error has its code and says what is wrong" "$(cat "$T/err")" "^error $code: .*$want"
	is "$name: one line" "$(wc -l <"$T/err")" 1
	ok "$name: no output is left" test ! -e "$T/refused" -a ! -e "$T/refused.part"
}
SIZE=$(stat -c %s "$T/lamp.delta")
head -c $((SIZE / 2)) "$T/lamp.delta" >"$T/cut.delta"
refused "a delta cut short" UF003 '' delta apply "$T/lamp-1.bin" "$T/cut.delta" -o "$T/refused"
{ head -c 20 "$T/lamp.delta"; printf '\xff\xff\xff\xff'; tail -c +25 "$T/lamp.delta"; } >"$T/header.delta"
refused "a delta with a damaged header" 'UF0..' '' delta apply "$T/lamp-1.bin" "$T/header.delta" -o "$T/refused"
{ head -c 40 "$T/lamp.delta"; printf 'XXXXXXXX'; tail -c +49 "$T/lamp.delta"; } >"$T/middle.delta"
refused "a delta with damaged contents" 'UF0..' '' delta apply "$T/lamp-1.bin" "$T/middle.delta" -o "$T/refused"
refused "a file that is no delta" UF007 'is no delta of a known format' delta apply "$T/lamp-1.bin" "$T/lamp-2.bin" -o "$T/refused"
refused "inspecting a file that is no delta" UF007 'is no delta' delta inspect "$T/lamp-2.bin"
refused "a file that is not there" 58030 'No such file' delta make "$T/nothing" "$T/lamp-2.bin" -o "$T/refused"
refused "a folder in the place of a file" 58030 '' delta make "$T" "$T/lamp-2.bin" -o "$T/refused"
refused "a folder that is not there" 58030 'No such file' delta make "$T/lamp-1.bin" "$T/lamp-2.bin" -o "$T/no/refused"
# bspatch reads outside of a wrong base as zero; only the digest of the result tells.
head -c 100 /dev/urandom >"$T/base"
if [ "$(run delta apply "$T/base" "$T/lamp.delta" -o "$T/wrong")" = 0 ]; then
	unlike "a wrong base never gives the new file" "$(sha256sum <"$T/wrong")" "$(sha256sum <"$T/lamp-2.bin")"
else
	pass "a wrong base is refused"
fi

# An output is written whole beside its place, then renamed: a failing disk leaves the old file.
echo old >"$T/kept"
( ulimit -f 1; trap '' XFSZ; "$CTL" delta make "$T/none-1.bin" "$T/prog-2.bin" -o "$T/kept" >"$T/out" 2>"$T/err" )
is "when there is no room the status is 1" $? 1
like "and the reason is said" "$(cat "$T/err")" '^error 58030: '
is "and the old file is still there" "$(cat "$T/kept")" old
ok "with nothing half-written beside it" test ! -e "$T/kept.part"
is "image inspect of a good file is status 0" "$(run image inspect "$T/lamp/app-1.0.0.hex")" 0
refused "image inspect of a bad checksum" UF002 'line 2' image inspect "$FOTA_TOP/tests/vectors/ihex/bad-checksum.hex"
done_testing
