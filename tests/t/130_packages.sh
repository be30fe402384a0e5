#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Packages that the tools of others make are read, checked and verified by fotactl, and what fotactl writes is read by
# them: zip, tar, cpio and compression; SWUpdate, Mender, RAUC; our own container. Needs no cluster.
. "$(dirname "$0")/lib.sh"
CTL=$BIN/fotactl
[ -x "$CTL" ] || bail "no $CTL"
cd "$T" || bail "no $T"

run() { "$CTL" "$@" >"$T/out" 2>"$T/err"; echo $?; }
# reads NAME FILE FORMAT REGEX: the file is of this format, and what is said of it matches.
reads() {
	is "$1 is read" "$(run package inspect "$2")" 0
	like "$1 is $3" "$(cat out err)" "^format +$3 "
	[ -z "${4:-}" ] || like "$1: $4" "$(tr '\n' '|' <out)" "$4"
}
# refuses NAME CODE REGEX FILE ARGS ..
refuses() {
	local name=$1 code=$2 want=$3; shift 3
	is "$name is refused" "$(run package verify "$@")" 1
	like "$name: why" "$(cat out err)" "$code: .*$want|$want"
}

head -c 70000 "$(command -v bash)" >app.bin
printf ':0400000001020304F2\n:00000001FF\n' >lamp.hex
mkdir -p tree/sub
cp app.bin tree/app.bin
cp lamp.hex tree/sub/lamp.hex

# --- archives and compression -------------------------------------------------------------------------
(cd tree && zip -qr ../z.zip . && zip -q0r ../stored.zip . && zip -qr - . | cat >../stream.zip)
reads "zip -r" z.zip zip 'app.bin, 70000 bytes'
reads "zip -0r" stored.zip zip 'sub/lamp.hex, 32 bytes'
reads "zip to a pipe" stream.zip zip 'app.bin, 70000 bytes'
for format in ustar gnu pax oldgnu v7; do
	tar --format=$format -C tree -cf $format.tar .
	reads "tar --format=$format" $format.tar tar 'sub/lamp.hex, 32 bytes'
done
name=$(printf 'n%.0s' $(seq 1 150))
mkdir long && cp lamp.hex "long/$name"
for format in gnu pax; do
	tar --format=$format -C long -cf long-$format.tar "$name"
	reads "a long name of tar --format=$format" long-$format.tar tar "$name, 32 bytes"
done
ln -s app.bin tree/link
tar -C tree -cf link.tar .
refuses "a tar with a symbolic link" UF009 'symbolic links are not allowed' link.tar
(cd tree && zip -qry ../link.zip .)
refuses "a zip with a symbolic link" UF009 'is a symbolic link' link.zip
rm tree/link
for format in newc crc; do
	(cd tree && find . | cpio -o -H $format --quiet) >$format.cpio
	reads "cpio -H $format" $format.cpio cpio 'app.bin, 70000 bytes'
done
zip -qP secret encrypted.zip app.bin
refuses "an encrypted zip" UF007 'is encrypted' encrypted.zip
for tool in "gzip gz gzip" "xz xz xz" "zstd zst zstd" "bzip2 bz2 bzip2" "gzip -n9 gz gzip" "xz -9 xz xz" "zstd -19 zst zstd"; do
	# shellcheck disable=SC2086
	set -- $tool
	option=$([ $# = 4 ] && echo "$2") suffix=${*: -2:1} format=${*: -1}
	# shellcheck disable=SC2086
	"$1" $option -c lamp.hex >"lamp.$suffix"
	reads "$1 $option of a hex file" "lamp.$suffix" "$format\\(ihex\\)"
	# shellcheck disable=SC2086
	"$1" $option -c ustar.tar >"tar.$suffix"
	reads "$1 $option of a tar" "tar.$suffix" "$format\\(tar\\)" 'app.bin, 70000 bytes'
	head -c 268435456 /dev/zero | "$1" -c >bomb
	refuses "256 MiB of zeros by $1" UF006 "expands over 1000:1" bomb
done

# --- keys ----------------------------------------------------------------------------------------------
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.key
openssl genpkey -algorithm ED25519 -out ed.key
for k in rsa ec ed; do openssl pkey -in $k.key -pubout -out $k.pub; done
# mender-artifact takes the old form of keys only
for k in rsa ec; do openssl pkey -in $k.key -traditional -out $k.old; done
openssl req -x509 -new -key rsa.key -subj /CN=signer -days 365 -out rsa.crt
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out other.key
openssl pkey -in other.key -pubout -out other.pub
openssl req -x509 -new -key other.key -subj /CN=other -days 365 -out other.crt

# --- our own container ------------------------------------------------------------------------------------
cat >draft.json <<'JSON'
{"fup": 1, "name": "lamp", "version": "1.4.0",
 "compatible": [{"vendor": "acme", "model": "lamp", "hw": ">=2 <4"}],
 "components": [{"name": "app", "file": "lamp.hex", "format": "ihex", "version": "1.4.0"}],
 "aux": [{"name": "sound", "file": "app.bin", "type": "audio/wav"}]}
JSON
is "a package is made" "$(run package make --manifest draft.json --key ed.key --key ec.key --key rsa.key --certificate rsa.crt --out a.fup)" 0
is "made without CMS it is always the same" \
	"$(for i in 1 2; do run package make --manifest draft.json --key ed.key --out $i.fup; done; cmp 1.fup 2.fup && echo same)" "$(printf '0\n0\nsame')"
ok "unzip finds no error in it" unzip -tq a.fup
is "its manifest comes first" "$(unzip -Z1 a.fup | head -n 2 | tr '\n' ' ')" "manifest.json manifest.sig "
reads "it" a.fup fup 'hw +acme lamp >=2 <4'
for k in ed.pub ec.pub rsa.crt; do is "it is verified by $k" "$(run package verify a.fup --key $k)" 0; done
refuses "by another key it" 'untrusted' 'none of the 1 trusted' a.fup --key other.pub
refuses "without a key it" UF008 'no --key was given' a.fup
mkdir again && (cd again && unzip -q ../1.fup && printf x >>app.bin && zip -qX0 ../changed.fup manifest.json manifest.sig lamp.hex app.bin)
refuses "a package that was packed again" UF001 'member "manifest.json"' changed.fup --key ed.pub
sed 's/lamp.hex/none.hex/' draft.json >none.json
is "a file that is not there is an error" "$(run package make --manifest none.json --out x.fup)" 1
like "which names it" "$(cat err)" 'none.hex'
sed 's/lamp.hex/..\/lamp.hex/' draft.json >up.json
is "a file outside is an error" "$(run package make --manifest up.json --out x.fup)" 1
like "with the code of unsafe names" "$(cat err)" '^error UF009: '
sed 's/"ihex"/"srec"/' draft.json >format.json
is "a file of another format is an error" "$(run package make --manifest format.json --out x.fup)" 1
like "which says so" "$(cat err)" '^error UF001: .*srec.*lamp.hex'
ok "nothing was written" test ! -e x.fup
is "an RSA key needs a certificate" "$(run package make --manifest draft.json --key rsa.key --out x.fup)" 1
like "which is said" "$(cat err)" 'give a certificate'

# --- SWUpdate -------------------------------------------------------------------------------------------------
mkdir swu && cp app.bin swu/
cat >swu/sw-description <<CONF
software = {
	version = "2.3.1";
	hardware-compatibility: [ "1.0", "1.2" ];
	images: ( { filename = "app.bin"; device = "/dev/mtd1"; sha256 = "$(sha256sum <app.bin | cut -c1-64)"; } );
}
CONF
(cd swu && openssl cms -sign -binary -in sw-description -signer ../rsa.crt -inkey ../rsa.key -outform DER -nosmimecap -out sw-description.sig &&
	printf 'sw-description\nsw-description.sig\napp.bin\n' | cpio -o -H crc --quiet >../cms.swu &&
	openssl dgst -sha256 -sign ../rsa.key -out sw-description.sig sw-description &&
	printf 'sw-description\nsw-description.sig\napp.bin\n' | cpio -o -H crc --quiet >../rsa.swu)
reads "a package of SWUpdate" cms.swu swu 'version +2.3.1'
is "it is verified by the certificate" "$(run package verify cms.swu --key rsa.crt)" 0
is "one with a bare signature by the public key" "$(run package verify rsa.swu --key rsa.pub)" 0
refuses "by another certificate it" untrusted 'does not lead to a trusted' cms.swu --key other.crt
if command -v swugenerator >/dev/null; then
	mkdir gen && cp app.bin gen/
	sed -e 's/sha256 = "[^"]*";//' swu/sw-description >gen/sw-description.in
	ok "swugenerator makes a package" swugenerator -s gen/sw-description.in -a gen -o gen.swu -k "CMS,rsa.key,rsa.crt" create
	reads "what swugenerator makes" gen.swu swu 'app.bin, 70000 bytes'
	is "it is verified" "$(run package verify gen.swu --key rsa.crt)" 0
fi

# --- Mender -----------------------------------------------------------------------------------------------------
for compression in gzip lzma none; do
	ok "mender-artifact writes, compression $compression" mender-artifact --compression $compression write module-image -T single-file -n lamp-1.4 \
		-t lamp -t torch -f app.bin -k ec.old -o $compression.mender
	reads "what mender-artifact writes with $compression" $compression.mender mender 'hw +lamp.*data/0000/app.bin, 70000 bytes'
	is "it is verified" "$(run package verify $compression.mender --key ec.pub)" 0
	refuses "by another key it" invalid 'none of the 1 trusted' $compression.mender --key other.pub
done
ok "mender-artifact signs by RSA" mender-artifact write module-image -T single-file -n lamp-1.4 -t lamp -f app.bin -k rsa.old -o rsa.mender
is "which is verified" "$(run package verify rsa.mender --key rsa.pub)" 0

# --- RAUC -------------------------------------------------------------------------------------------------------
for format in plain verity; do
	rm -rf rauc-$format && mkdir rauc-$format && cp app.bin rauc-$format/rootfs.img
	printf '[update]\ncompatible=Lamp rev2\nversion=2026.11\n\n[bundle]\nformat=%s\n\n[image.rootfs]\nfilename=rootfs.img\n' $format \
		>rauc-$format/manifest.raucm
	ok "rauc makes a bundle, format $format" rauc --cert rsa.crt --key rsa.key bundle rauc-$format $format.raucb
	reads "what rauc makes, format $format" $format.raucb raucb
	is "it is verified" "$(run package verify $format.raucb --key rsa.crt)" 0
	refuses "by another certificate it" untrusted 'does not lead to a trusted' $format.raucb --key other.crt
	printf 'X' | dd of=$format.raucb bs=1 seek=200 conv=notrunc status=none
	refuses "with a changed byte it" 'UF002|invalid' 'verity tree|not what was signed' $format.raucb --key rsa.crt
done
done_testing
