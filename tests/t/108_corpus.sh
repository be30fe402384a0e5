#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# A corpus of image files outside of the repository, when FOTA_CORPUS names its folder: formats/EXPECTED.tsv says what
# is in files, formats/MANIFEST.tsv which there are, bad/EXPECT.tsv what is said of malformed ones. It is read by
# `fotactl image inspect FILE --json`, as anybody would read it.
. "$(dirname "$0")/lib.sh"
CTL=$BIN/fotactl
if [ -z "${FOTA_CORPUS:-}" ] || [ ! -d "${FOTA_CORPUS:-}" ]; then
	note "FOTA_CORPUS names no folder: no corpus was checked"
	pass "there is no corpus to check"
	done_testing
	exit
fi

# inspect FILE ARGS ..: exit status; stdout is in $T/out, stderr in $T/err. Memory is bounded, whatever the file says.
inspect() { (ulimit -v 2000000; exec timeout 20 "$CTL" image inspect "$@" --json) >"$T/out" 2>"$T/err"; echo $?; }
whole() { jq -e '[has("format", "content_id", "segments", "metadata", "members", "warnings")] | all' "$T/out" >/dev/null &&
	jq -e '[.segments[] | has("address", "length", "sha256", "space")] | all' "$T/out" >/dev/null; }

# --- good files ---------------------------------------------------------------------------------------
# Files that two tools read differently, and what must be said to read them.
waiver_for() { case $1 in ihex/optiboot_atmega328.hex) echo overlap=last ;; ihex-universal/*) echo board=9900 ;; esac; }
while IFS=$'\t' read -r format file segments layout id _; do
	[ ${#id} = 64 ] || continue
	waiver=$(waiver_for "$format/$file")
	status=$(inspect "$FOTA_CORPUS/formats/$format/$file" ${waiver:+--waiver "$waiver"})
	is "$format/$file: the contents are known${waiver:+, with $waiver}" \
		"$status $(jq -r '.content_id, (.segments | length)' "$T/out" 2>&1 | tr '\n' ' ')$(cat "$T/err")" "0 $id $segments "
done < <(tail -n +2 "$FOTA_CORPUS/formats/EXPECTED.tsv")
while IFS=$'\t' read -r format file set _; do
	[ "$set" = open ] && [ "$format" != keys ] || continue
	waiver=$(waiver_for "$format/$file")
	status=$(inspect "$FOTA_CORPUS/formats/$format/$file" ${waiver:+--waiver "$waiver"})
	if [ "$format/$file" = mcuboot/bigendian.bin ]; then
		is "$format/$file is refused by name" "$status $(grep -c 'UF007: mcuboot: byte-swapped magic' "$T/err")" "1 1"
	elif [ "$status" = 0 ] && whole; then
		pass "$format/$file is read as $(jq -r .format "$T/out")"
	else
		fail "$format/$file is read" "status $status
$(cat "$T/err")"
	fi
done < <(tail -n +2 "$FOTA_CORPUS/formats/MANIFEST.tsv")

# --- malformed files ----------------------------------------------------------------------------------
# What a text must say: its numbers and the names in quotes, which an answer has in whatever words.
facts() { grep -oE '0x[0-9A-Fa-f]+|"[^"]+"|line [0-9]+|column [0-9]+|\b[0-9]{2,}\b' <<<"${1%%(*}" | sort -u; }
# Facts that an answer has not: shown, not counted, since tables say some of them in other words.
missing() { while read -r fact; do [ -z "$fact" ] || grep -qiF -- "$fact" "$T/err" || echo "$fact"; done < <(facts "$1"); }
# refused NAME CODE MUST_SAY STATUS: one line, the code, and the line number where the table has one.
refused() {
	local line
	line=$(grep -oE '^line [0-9]+' <<<"$3")
	if [ "$4" = 1 ] && [ "$(wc -l <"$T/err")" = 1 ] && [ ! -s "$T/out" ] && grep -qE "^error $2: " "$T/err" &&
		{ [ -z "$line" ] || grep -qE "$line\b" "$T/err"; }; then
		pass "$1 is refused with $2"
		lost=$(missing "$3")
		[ -z "$lost" ] || note "not said of $1: $(tr '\n' ' ' <<<"$lost")"
	else
		fail "$1 is refused with $2: $3" "status $4: $(head -c 500 "$T/err")"
	fi
}
accepted() {
	if [ "$2" = 0 ] && whole && { [ "$3" != WARN ] || [ "$(jq '.warnings | length' "$T/out")" -gt 0 ]; }; then
		pass "$1 is accepted ($3)"
	else
		fail "$1 is accepted ($3)" "status $2: $(head -c 500 "$T/err")"
	fi
}
while IFS=$'\t' read -r format file _ code must _; do
	path=$FOTA_CORPUS/bad/$format/$file
	key=()
	[ "$format/$file" = mcuboot/sig_flip.bin ] && key=(--key "$FOTA_CORPUS/formats/keys/root-ec-p256.pem")
	[ "$format/$file" = swu/sig_wrong.swu ] && key=(--key "$FOTA_CORPUS/formats/keys/swu_rsa_pub.pem")
	status=$(inspect "$path" ${key[@]+"${key[@]}"})
	case $code in
	# Eight bytes are a bundle only when somebody says so.
	UF0*) [ "$format/$file" = raucb/only_trailer.raucb ] || refused "$format/$file" "$code" "$must" "$status" ;;
	DETECT) accepted "$format/$file" "$status" DETECT ;;
	*) accepted "$format/$file" "$status" "$code" ;;
	esac
	status=$(inspect "$path" --format "$format" ${key[@]+"${key[@]}"})
	case $code in
	UF0*) [ "$file" = html_error_page.hex ] && must='"<"'
		refused "$format/$file as $format" "$code" "$must" "$status" ;;
	DETECT) is "$format/$file is refused as $format" "$status $(grep -cE '^error UF00' "$T/err")" "1 1" ;;
	*) accepted "$format/$file as $format" "$status" "$code" ;;
	esac
	if [[ $code = OK/UF006 ]]; then
		out=$( (ulimit -v 2000000; "$CTL" image convert "$path" -t raw -o "$T/flat") 2>&1)
		is "$format/$file has no flat form" "$? $(grep -oE '^error UF006' <<<"$out") $(ls "$T/flat" 2>/dev/null)" "1 error UF006 "
	fi
done < <(tail -n +2 "$FOTA_CORPUS/bad/EXPECT.tsv")
done_testing
