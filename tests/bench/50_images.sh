#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# 64 MiB of firmware as Intel HEX and as S-records, 16 bytes a record: MB of payload per second of CPU that the core
# reads and writes, with the processor's vectors and digit by digit, beside objcopy in the same run.
. "$(dirname "$0")/lib.sh"
gcc -O2 -std=c11 -D_GNU_SOURCE -I"$FOTA_TOP/extension/core" -o "$T/hex_speed" "$FOTA_TOP/tests/bench/hex_speed.c" \
	"$FOTA_BUILD/core/libfotacore.a" -ldivsufsort -lbz2 -lcrypto -lz -llzma -lzstd || exit 1
openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c 67108864 >"$T/payload"
objcopy -I binary -O ihex --change-addresses 0x8000000 "$T/payload" "$T/payload.ihex" &&
	objcopy -I binary -O srec --srec-forceS3 --srec-len=16 --change-addresses 0x8000000 "$T/payload" "$T/payload.srec" || exit 1

# MB of payload per second of CPU that a command takes for it, the best of three.
rate() {
	local i
	for i in 1 2 3; do
		perl -e 'my @b = times; system(@ARGV) == 0 or exit 1; my @e = times; printf "%.1f\n", 67.108864 / ($e[2] - $b[2] + $e[3] - $b[3])' "$@"
	done | sort -n | tail -n 1
}
for format in ihex srec; do
	read -r reads writes <<<"$("$T/hex_speed" "$format" best <"$T/payload.$format")"
	read -r slow_reads slow_writes <<<"$("$T/hex_speed" "$format" scalar <"$T/payload.$format")"
	objcopy=$(rate objcopy -I "$format" -O binary "$T/payload.$format" "$T/again")
	figure "images.${format}_decode" "$reads" MB/s
	figure "images.${format}_decode_scalar" "$slow_reads" MB/s
	figure "images.${format}_decode_objcopy" "$objcopy" MB/s
	figure "images.${format}_decode_ratio" "$(perl -e 'printf "%.1f", $ARGV[0] / $ARGV[1]' "$reads" "$objcopy")" x
	figure "images.${format}_encode" "$writes" MB/s
	figure "images.${format}_encode_scalar" "$slow_writes" MB/s
	figure "images.${format}_encode_objcopy" "$(rate objcopy -I binary -O "$format" --change-addresses 0x8000000 "$T/payload" "$T/again")" MB/s
done

# fota.decode in SQL: CPU of the backend for one call, the file stored as it is (STORAGE EXTERNAL), the best of three.
need_cluster native
SQL "CREATE TABLE public.big (data bytea); ALTER TABLE public.big ALTER data SET STORAGE EXTERNAL" >/dev/null
for format in ihex srec; do
	cp "$T/payload.$format" "$C/data/payload.$format" && chmod 644 "$C/data/payload.$format"
	best=$({
		echo "TRUNCATE public.big; INSERT INTO public.big SELECT pg_read_binary_file('payload.$format');"
		echo "SELECT pg_backend_pid() AS pid \gset"
		for _ in 1 2 3 4; do
			echo "\setenv BACKEND :pid"
			echo '\! cut -d" " -f14,15 /proc/$BACKEND/stat'
			echo "SELECT length(fota.flatten(fota.decode(data), '[134217728,134217729)')) FROM public.big;"
		done
		echo '\! cut -d" " -f14,15 /proc/$BACKEND/stat'
	} | PGUSER=postgres "$(cluster_bin "$C")/psql" -X -Atq -f - | awk 'NF == 2 { now = $1 + $2; if (seen++) { took = now - last; if (best == "" || took < best) best = took } last = now } END { print best * 10 }')
	figure "images.sql_decode_$format" "$best" "ms of CPU"
done
exit 0
