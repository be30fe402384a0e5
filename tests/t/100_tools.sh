#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Agreement with Debian's tools on real files: our deltas with bsdiff and bspatch, our reading and writing of
# Intel HEX, S-records, TI-TXT, Tektronix hex and memory words with srec_cat, srec_info, objcopy and python3-intelhex. Then
# what is wrong, which is refused. Needs no cluster.
. "$(dirname "$0")/lib.sh"
CTL=$BIN/fotactl
VECTORS=$FOTA_TOP/tests/vectors

# run ARGS ..: exit status; stdout is in $T/out, stderr in $T/err
run() { "$CTL" "$@" >"$T/out" 2>"$T/err"; echo $?; }

# --- real files ---------------------------------------------------------------------------------------
mkdir "$T/hex" "$T/pairs"
hex_of_package() {
	local store=$FOTA_BUILD/npm/$(printf %s "$1" | tr '/@' '__').tgz
	npm_file "$1" package/package.json /dev/null || return 1
	tar -tzf "$store" | grep "$2" | while read -r member; do
		tar -xzOf "$store" "$member" >"$T/hex/$(basename "$(dirname "$member")")-$(basename "$member")"
	done
}
ok "our lamp firmware is built" make -s -C "$FOTA_TOP/tests/firmware" OUT="$T/lamp"
cp "$T"/lamp/app-*.hex "$T/hex"
ok "firmware of MakeCode is at hand" hex_of_package pxt-microbit@7.0.6 'hexcache/.*\.hex$'
ok "and an older one" hex_of_package pxt-microbit@4.0.24 'hexcache/02e34856.*\.hex$'
ok "firmware of Arduino boards is at hand" hex_of_package avrgirl-arduino@5.0.1 '\.hex$'
note "$(find "$T/hex" -type f | wc -l) files, $(cat "$T"/hex/* | wc -c) bytes of Intel HEX"

# --- reading ----------------------------------------------------------------------------------------------
content_id() { sed -n 's/.*"content_id":"\([0-9a-f]*\)".*/\1/p' <<<"$1"; }
segments() { grep -oE '"address":[0-9]+,"length":[0-9]+' <<<"$1" | sed -E 's/"address":([0-9]+),"length":/\1 /'; }

# content_id by its definition, from the addresses that we read and the flat bytes that another tool made
# (from the lowest address on): SHA-256 over address and size (8 bytes each, big-endian) and data.
id_of_flat() {
	segments "$1" | perl -e '
		open(my $in, "<:raw", $ARGV[0]) or die; local $/; my $flat = <$in>; my ($base); binmode(STDOUT);
		for (split /\n/, <STDIN>) { my ($at, $size) = split / /; $base //= $at; print pack("Q>Q>", $at, $size), substr($flat, $at - $base, $size); }
	' "$2" | sha256sum | cut -d' ' -f1
}
# The same ranges as srec_info prints: "Data:   0000 - 2FA1", more lines below.
ranges_of_srec_info() {
	srec_info "$1" "$2" 2>/dev/null | sed -n '/^Data:/,$p' | grep -oE '[0-9A-F]+ - [0-9A-F]+' |
		perl -ne '/(\w+) - (\w+)/; printf "%d %d\n", hex $1, hex($2) - hex($1) + 1'
}
# objcopy fills the space between far segments; 16 MiB are enough to try it.
narrow() { segments "$1" | awk 'NR == 1 { low = $1 } { high = $1 + $2 } END { exit high - low > 16777216 }'; }

# compare_all KIND OPTION: every file as $T/KIND/* is read by both; prints what differs.
compare_all() {
	local kind=$1 option=$2 f json id seen=0 flat=0
	for f in "$T/$kind"/*; do
		json=$("$CTL" image inspect "$f" --json 2>&1) || { echo "$f: $json"; continue; }
		id=$(content_id "$json")
		seen=$((seen + 1))
		[ "$(segments "$json")" = "$(ranges_of_srec_info "$f" "$option")" ] || echo "$f: other ranges than srec_info"
		srec_cat "$f" "$option" -o "$T/canonical.s37" -motorola -address-length=4 -disable=header 2>/dev/null
		[ "$(content_id "$("$CTL" image inspect "$T/canonical.s37" --format srec --json)")" = "$id" ] || echo "$f: other bytes than srec_cat"
		narrow "$json" || continue
		flat=$((flat + 1))
		objcopy -I "$3" -O binary --gap-fill 255 "$f" "$T/flat.bin" 2>/dev/null
		[ "$(id_of_flat "$json" "$T/flat.bin")" = "$id" ] || echo "$f: other bytes than objcopy"
	done
	echo "$seen $flat" >"$T/seen"
}
is "our reading of Intel HEX is that of srec_cat, srec_info and objcopy" "$(compare_all hex -intel ihex)" ""
read -r seen flat <"$T/seen"
ok "on $seen real files, $flat of them flat too" test "$seen" -ge 40 -a "$flat" -ge 38

mkdir "$T/srec"
for f in "$T"/hex/*.hex; do
	name=$(basename "$f" .hex)
	case $name in
	uno-* | mega-* | app-*) objcopy -I ihex -O srec "$f" "$T/srec/$name.srec" ;;
	nano-* | leonardo-*) objcopy -I ihex -O srec --srec-forceS3 --srec-len=40 "$f" "$T/srec/$name.s37" ;;
	hexcache-* | pinoccio-*) srec_cat "$f" -intel -o "$T/srec/$name.mot" -motorola 2>/dev/null ;;
	esac
done
is "our reading of S-records is that of srec_cat, srec_info and objcopy" "$(compare_all srec -motorola srec)" ""
read -r seen flat <"$T/seen"
ok "on $seen files that objcopy and srec_cat made, $flat of them flat too" test "$seen" -ge 14 -a "$flat" -ge 10
for f in "$T"/srec/*; do
	of=$T/hex/$(basename "${f%.*}").hex
	[ "$(content_id "$("$CTL" image inspect "$f" --json)")" = "$(content_id "$("$CTL" image inspect "$of" --json)")" ] || echo "$f"
done >"$T/other"
is "the same firmware as S-records and as Intel HEX has the same content_id" "$(cat "$T/other")" ""
# The text of --json is JSON for others too.
ok "what --json prints is JSON" bash -c "'$CTL' image inspect --json '$T/hex/app-1.0.0.hex' | node -e 'JSON.parse(require(\"fs\").readFileSync(0, \"utf8\"))'"

# --- writing ------------------------------------------------------------------------------------------------
# What srec_cat reads in a file, given with the option of its format, as S-records.
canonical() { srec_cat "$@" -o - -motorola -address-length=4 -disable=header 2>/dev/null | grep '^S3'; }
convert() { "$CTL" image convert "$@" 2>"$T/err" || { cat "$T/err"; false; }; }

n=0 crlf=
for f in "$T"/hex/*.hex; do
	n=$(((n + 5) % 255 + 1))
	convert "$f" -t ihex -o "$T/again.hex" --record-size $n $crlf || continue
	if [ -n "$crlf" ]; then crlf=; else crlf=--crlf; fi
	srec_cat "$T/again.hex" -intel -o "$T/a.s37" -motorola -address-length=4 -disable=header 2>"$T/warnings" || echo "$f: refused by srec_cat"
	[ -s "$T/warnings" ] && cat "$T/warnings"
	srec_cat "$f" -intel -o "$T/b.s37" -motorola -address-length=4 -disable=header 2>/dev/null
	cmp "$T/a.s37" "$T/b.s37" || echo "$f: srec_cat reads something else in what we write, $n bytes a record"
	objcopy -I ihex -O srec --srec-forceS3 "$T/again.hex" "$T/a.srec" || echo "$f: refused by objcopy"
	objcopy -I ihex -O srec --srec-forceS3 "$f" "$T/b.srec"
	cmp <(tail -n +2 "$T/a.srec" | grep -v '^S7') <(tail -n +2 "$T/b.srec" | grep -v '^S7') || echo "$f: objcopy reads something else"
done >"$T/other" 2>&1
is "srec_cat and objcopy read in what we write what they read in the original, and warn of nothing" "$(head -n 10 "$T/other")" ""

# Every fourth file in every other format. Only objcopy wants sections in Tektronix hex, which srec_cat refuses, and neither
# objcopy nor intelhex reads the rest.
n=0 written=0
for f in "$T"/hex/*.hex; do
	n=$((n + 1))
	[ $((n % 4)) = 0 ] || continue
	canonical "$f" -intel >"$T/want"
	for to in srec:-motorola s37:-motorola i32hex:-intel ti-txt:-titxt tekhex:-tektronix_extended vmem8:-vmem; do
		convert "$f" -t "${to%:*}" -o "$T/again" --record-size $((n % 64 + 1)) || { echo "$f: not written as $to"; continue; }
		canonical "$T/again" "${to#*:}" >"$T/got"
		cmp "$T/want" "$T/got" || echo "$f: srec_cat reads something else in $to"
		[ "$(content_id "$("$CTL" image inspect "$T/again" --json)")" = "$(content_id "$("$CTL" image inspect "$f" --json)")" ] ||
			echo "$f: we read something else in $to"
		written=$((written + 1))
	done
	convert "$f" -t srec -o "$T/again" && objcopy -I srec -O srec --srec-forceS3 "$T/again" "$T/a.srec" &&
		objcopy -I ihex -O srec --srec-forceS3 "$f" "$T/b.srec"
	cmp <(grep '^S3' "$T/a.srec") <(grep '^S3' "$T/b.srec") || echo "$f: objcopy reads something else in our S-records"
	# words are whole: the image is filled to a multiple of 4 bytes
	read -r first _ <<<"$(segments "$("$CTL" image inspect "$f" --json)" | head -n 1)"
	for word in 16 32; do
		convert "$f" -t vmem$word -o "$T/again" --base $((first / 4 * 4)) --length 4096 --waiver outside || continue
		srec_cat "$T/again" -vmem -offset -$((first / 4 * 4)) -o "$T/got" -binary 2>/dev/null
		convert "$f" -t raw -o "$T/want" --base $((first / 4 * 4)) --length 4096 --waiver outside
		cmp "$T/got" "$T/want" || echo "$f: srec_cat reads something else in words of $word bits"
	done
done >"$T/other" 2>&1
is "srec_cat and objcopy read the same image in every format that we write" "$(grep -v '^warning' "$T/other" | head -n 10)" ""
ok "in $written files" test "$written" -ge 60

# intelhex: segments and start address of what we write are those of the original.
cat >"$T/same.py" <<'PY'
import sys
from intelhex import IntelHex
for a, b in zip(sys.argv[1::2], sys.argv[2::2]):
    x, y = IntelHex(a), IntelHex(b)
    if x.todict() != {k: v for k, v in y.todict().items()} or x.segments() != y.segments():
        print(a, "differs")
PY
pairs=()
for f in "$T"/hex/app-*.hex "$T"/hex/uno-*.hex "$T"/hex/hexcache-02e34856*.hex; do
	convert "$f" -t ihex -o "$T/ih-$(basename "$f")" --record-size 32 && pairs+=("$f" "$T/ih-$(basename "$f")")
done
for f in "$T"/hex/uno-*.hex; do convert "$f" -t i16hex -o "$T/i16-$(basename "$f")" && pairs+=("$f" "$T/i16-$(basename "$f")"); done
is "python3-intelhex reads in what we write what it reads in the original" "$(/usr/bin/python3 "$T/same.py" "${pairs[@]}" 2>&1)" ""

refused_convert() {
	local name=$1 want=$2; shift 2
	rm -f "$T/never"
	is "$name is not written" "$(run image convert "$@" -o "$T/never")" 1
	like "$name: the reason" "$(cat "$T/err")" "^error UF005: .*$want"
	ok "$name: nothing is left" test ! -e "$T/never"
}
BIG=$(ls "$T"/hex/hexcache-02e34856*.hex | head -n 1)
refused_convert "an image beyond 64 KiB as S19" 'srec: segment at 0x[0-9A-F]+ with [0-9]+ bytes lies beyond 64 KiB, where S1 ends' "$BIG" -t s19
refused_convert "an image beyond 1 MiB as I16HEX" 'lies beyond 1 MiB, where I16HEX ends' "$BIG" -t i16hex
refused_convert "records of 300 bytes" 'ihex: 300 bytes in a record, at most 255 fit' "$BIG" -t ihex --record-size 300

# --- a corpus outside of the repository -----------------------------------------------------------------------
# Where tools are known to read something else, or nothing:
#   conflicting bytes given twice (srec_cat refuses), records that wrap in their segment (objcopy runs on), blank lines and
#   symbols in S-records (objcopy), section records in Tektronix hex (srec_cat), the older Tektronix hex (objcopy)
known=' srec_cat:optiboot_atmega328.hex objcopy:wrap_type02.hex objcopy:in_blank_lines.s19 srec_cat:objcopy.tek objcopy:srec_cat_old.tek '
corpus_of() {
	local folder=$1 option=$2 target=$3 f name json id
	for f in "$FOTA_CORPUS/formats/$folder"/*; do
		name=$(basename "$f")
		json=$("$CTL" image inspect "$f" --json --waiver overlap=last 2>&1) || { echo "$name: $json"; continue; }
		id=$(content_id "$json")
		if [[ $known != *" srec_cat:$name "* ]]; then
			[ "$name" != srec_cat_old.tek ] || option=-tektronix
			srec_cat "$f" "$option" -o "$T/canonical.s37" -motorola -address-length=4 -disable=header 2>/dev/null
			[ "$(content_id "$("$CTL" image inspect "$T/canonical.s37" --format srec --json)")" = "$id" ] || echo "$name: other bytes than srec_cat"
		fi
		if [ -n "$target" ] && [[ $known != *" objcopy:$name "* ]] && narrow "$json"; then
			objcopy -I "$target" -O binary --gap-fill 255 "$f" "$T/flat.bin" 2>/dev/null
			[ "$(id_of_flat "$json" "$T/flat.bin")" = "$id" ] || echo "$name: other bytes than objcopy"
		fi
	done
}
if [ -n "${FOTA_CORPUS:-}" ]; then
	is "the corpus's Intel HEX is read as by srec_cat and objcopy" "$(corpus_of ihex -intel ihex)" ""
	is "its S-records too" "$(corpus_of srec -motorola srec)" ""
	is "its TI-TXT as by srec_cat" "$(corpus_of ti-txt -titxt '')" ""
	is "its Tektronix hex as by srec_cat" "$(corpus_of tekhex -tektronix_extended '')" ""
	is "its memory words as by srec_cat" "$(corpus_of vmem -vmem '')" ""
else
	note "FOTA_CORPUS is not set: no corpus was compared"
fi

# --- deltas -------------------------------------------------------------------------------------------------
flat_pair() {
	local name=$1 old=$2 new=$3
	srec_cat "$old" -intel -offset - -minimum-addr "$old" -intel -o "$T/pairs/$name-1" -binary 2>/dev/null &&
		srec_cat "$new" -intel -offset - -minimum-addr "$new" -intel -o "$T/pairs/$name-2" -binary 2>/dev/null
}
# The flash of a micro:bit: what its files say of other memories is left out.
cropped() { srec_cat "$1" -intel -crop 0 0x40000 -fill 0xff 0 0x40000 -o "$2" -binary 2>/dev/null; }
pairs() {
	flat_pair lamp "$T/lamp/app-1.0.0.hex" "$T/lamp/app-1.1.0.hex" &&
		flat_pair uno "$T/hex/uno-Blink.cpp.hex" "$T/hex/uno-StandardFirmata.cpp.hex" &&
		npm_file @pybricks/firmware@7.27.0 package/build/movehub.zip "$T/a.zip" &&
		npm_file @pybricks/firmware@7.28.0 package/build/movehub.zip "$T/b.zip" &&
		unzip -p "$T/a.zip" firmware-base.bin >"$T/pairs/movehub-1" &&
		unzip -p "$T/b.zip" firmware-base.bin >"$T/pairs/movehub-2" &&
		cropped "$T"/hex/hexcache-02e34856*.hex "$T/pairs/microbit-1" && cropped "$T"/hex/hexcache-8259ae91*.hex "$T/pairs/microbit-2"
}
ok "real pairs of four firmwares are at hand" pairs
for old in "$T"/pairs/*-1; do
	name=$(basename "$old" -1) new=${old%-1}-2
	is "$name: a delta is made" "$(run delta make "$old" "$new" --format bsdiff40 -o "$T/$name.delta")" 0
	ok "$name: Debian's bspatch takes it" bspatch "$old" "$T/new" "$T/$name.delta"
	ok "$name: and rebuilds the new version" cmp "$T/new" "$new"
	ok "$name: Debian's bsdiff makes one" bsdiff "$old" "$new" "$T/$name.bsdiff"
	is "$name: ours takes it" "$(run delta apply "$old" "$T/$name.bsdiff" -o "$T/new" --sha256 "$(sha256sum <"$new" | cut -d' ' -f1)")" 0
	ok "$name: and rebuilds the new version" cmp "$T/new" "$new"
	note "$name: $(stat -c %s "$old") -> $(stat -c %s "$new") bytes: ours $(stat -c %s "$T/$name.delta"), Debian's $(stat -c %s "$T/$name.bsdiff")"
done

# --- what is wrong --------------------------------------------------------------------------------------------
# refused NAME CODE REGEX ARGS ..: status 1, one line with the SQLSTATE and all of the regex.
refused() {
	local name=$1 code=$2 want=$3; shift 3
	is "$name is refused" "$(run "$@")" 1
	like "$name: what, where, what was expected" "$(cat "$T/err")" "^error $code: .*$want"
}
REAL=$T/hex/app-1.0.0.hex
LINE=$(sed -n 20p "$REAL")
WRONG=$(printf %02X $((0x${LINE: -3:2} ^ 0x55)))
sed "20s/..\r*\$/$WRONG/" "$REAL" >"$T/sum.hex"
refused "a record with a wrong checksum" UF002 "ihex line 20: record checksum 0x$WRONG, expected 0x${LINE: -3:2}" image inspect "$T/sum.hex"
{ head -n 5 "$REAL"; echo ":10000000FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00"; tail -n +6 "$REAL"; } >"$T/overlap.hex"
refused "a file with overlapping records" UF004 'ihex line 6: address 0x0000000[0-9A-F] already holds 0x[0-9A-F]{2} \(line 1\), now 0xFF; .*hint: .*overlap=first or overlap=last' \
	image inspect "$T/overlap.hex"
is "the waiver that the hint names accepts it" "$(run image inspect "$T/overlap.hex" --waiver overlap=first)" 0
like "and leaves a warning" "$(cat "$T/out")" 'warning +overlap: address 0x'
head -c $(($(stat -c %s "$REAL") / 2)) "$REAL" >"$T/cut.hex"
refused "a truncated file" UF003 'ihex line [0-9]+: file ends inside a record' image inspect "$T/cut.hex"
head -n 30 "$REAL" >"$T/lines.hex"
refused "a file whose last lines are missing" UF003 'no end-of-file record .* after line 30.*waiver no_eof' image inspect "$T/lines.hex"
sed '7s/^\(:.\{12\}\)./\1X/' "$REAL" >"$T/digit.hex"
refused "a character that is no digit" UF001 'ihex line 7, column 14: "X" is not a hexadecimal digit' image inspect "$T/digit.hex"
printf '<html>404</html>\n' >"$T/page.hex"
refused "a web page" UF001 'ihex line 1 starts with "<", not with ":" \(format detected: text/html\).*web page' image inspect "$T/page.hex" --format ihex
: >"$T/empty.hex"
refused "an empty file" UF003 'file is empty' image inspect "$T/empty.hex"
refused "S-records that were lost" UF003 'line 3: S5 says 3 data records, 1 seen' image inspect "$VECTORS/srec/count-wrong.s19"
refused "S-records with a wrong checksum" UF002 'srec line 2: record checksum 0x12, expected 0x74' image inspect "$VECTORS/srec/bad-checksum.s19"
refused "a delta whose result has another digest" UF002 'the result has SHA-256 [0-9a-f]{64}, expected 0{64}; hint: OLD is not' \
	delta apply "$T/pairs/lamp-1" "$T/lamp.delta" -o "$T/never" --sha256 "$(printf '0%.0s' $(seq 64))"
ok "and is not written" test ! -e "$T/never"
is "a digest that is none is wrong usage" "$(run delta apply a b -o c --sha256 12)" 2
is "an unknown format is wrong usage" "$(run image inspect "$REAL" --format paper)" 2
is "also as target" "$(run image convert "$REAL" -t paper -o "$T/never")" 2
is "an unknown waiver is wrong usage" "$(run image inspect "$REAL" --waiver everything)" 2
like "and the known ones are in the help" "$("$CTL" image inspect --help)" 'overlap=first, overlap=last.*comments.*no_eof'
is "no file is wrong usage" "$(run image inspect)" 2
done_testing
