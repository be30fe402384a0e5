#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# A vendor's successive firmware (Pybricks Prime Hub, 4.0.0 and 4.0.1 of @pybricks/firmware): seconds
# and bytes of our BSDIFF40 delta beside Debian's bsdiff, in one run; and the lamp's.
. "$(dirname "$0")/lib.sh"
npm_file @pybricks/firmware@4.0.0 package/build/primehub.zip "$T/a.zip" &&
	npm_file @pybricks/firmware@4.0.1 package/build/primehub.zip "$T/b.zip" || exit 1
unzip -p "$T/a.zip" firmware-base.bin >"$T/old.bin"
unzip -p "$T/b.zip" firmware-base.bin >"$T/new.bin"

# Median seconds of five runs of a command.
seconds() {
	local i begin
	for i in 1 2 3 4 5; do
		begin=$(date +%s%N)
		"$@" >/dev/null 2>&1 || exit 1
		echo $(($(date +%s%N) - begin))
	done | sort -n | sed -n 3p | perl -ne 'printf "%.3f", $_ / 1e9'
}
figure service.delta_seconds "$(seconds "$BIN/fotactl" delta make "$T/old.bin" "$T/new.bin" --format bsdiff40 -o "$T/ours")" s
figure service.delta_seconds_bsdiff "$(seconds bsdiff "$T/old.bin" "$T/new.bin" "$T/theirs")" s
bspatch "$T/old.bin" "$T/out" "$T/ours" && cmp "$T/out" "$T/new.bin" || exit 1
figure service.delta_bytes "$(stat -c %s "$T/ours")" B
figure service.delta_bytes_bsdiff "$(stat -c %s "$T/theirs")" B
for v in 1.0.0 1.1.0; do avr-objcopy -I ihex -O binary --gap-fill 255 "$FOTA_BUILD/firmware/app-$v.hex" "$T/lamp-$v.bin" || exit 1; done
"$BIN/fotactl" delta make "$T/lamp-1.0.0.bin" "$T/lamp-1.1.0.bin" --format bsdiff40 -o "$T/lamp" >/dev/null || exit 1
figure service.lamp_delta_bytes "$(stat -c %s "$T/lamp")" B
figure service.lamp_payload_bytes "$(stat -c %s "$T/lamp-1.1.0.bin")" B
exit 0
