#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Files made to exhaust who reads them: they are refused by name, or read, in less than 32 MB of memory. Seconds are
# shown, not judged. Needs no cluster.
. "$(dirname "$0")/lib.sh"
CTL=$BIN/fotactl
cd "$T" || bail "no $T"
MOST=32768						# KiB

# defused NAME WANT FILE ARGS ..: what is said of the file, and in how much memory. WANT is a regex.
defused() {
	local name=$1 want=$2; shift 2
	(ulimit -v 1000000; exec /usr/bin/time -f '%M %e' -o cost "$CTL" image "$@") >out 2>err
	like "$name" "$(head -c 600 out; head -c 300 err)" "$want"
	read -r kib seconds < <(tail -n 1 cost)
	if [ "$kib" -le $MOST ]; then pass "$name: in less than 32 MB"; else fail "$name: in less than 32 MB" "$kib KiB"; fi
	note "$kib KiB, $seconds s"
}

# --- compression ----------------------------------------------------------------------------------------
head -c 268435456 /dev/zero | gzip -9n >zero.gz
defused "256 MiB of zeros in gzip are refused by their ratio" '^error UF006: gzip expands over 1000:1' inspect zero.gz --json
gzip -9nc zero.gz >zero.gz.gz
defused "in gzip twice, one layer is taken off" '"format":"gzip\(raw\)"|^error UF006' inspect zero.gz.gz --json
head -c 268435456 /dev/zero | bzip2 -9 >zero.bz2
defused "in bzip2" '^error UF006: bzip2 expands over 1000:1' inspect zero.bz2 --json
head -c 268435456 /dev/zero | xz -1 -T1 >zero.xz
defused "in xz" '^error UF006: xz expands over 1000:1' inspect zero.xz --json
head -c 268435456 /dev/zero | zstd -q -3 >zero.zst
defused "in zstd" '^error UF006: zstd expands over 1000:1' inspect zero.zst --json

# --- zip ------------------------------------------------------------------------------------------------
head -c 67108864 /dev/zero >zero
zip -q9 level0.zip zero
for i in 0 1 2 3; do
	for k in 1 2 3 4; do cp level$i.zip copy$k.zip; done
	zip -q level$((i + 1)).zip copy?.zip
done
defused "zip archives in zip archives are members, not opened" '"format":"zip","size":1676' inspect level4.zip --json
defused "a member that expands over 1000:1 is refused by name" '^error UF006: zip: member "zero" expands' inspect level0.zip --json
# A thousand entries of the directory share one local header of 64 KiB of zeros.
perl -MCompress::Zlib -e '
	my $raw = "\0" x 65536; my $d = deflateInit(-WindowBits => -15, -Level => 9);
	my ($packed) = $d->deflate($raw); my ($rest) = $d->flush; $packed .= $rest; my $crc = crc32($raw);
	my $head = sub { pack("vvvvvVVVvv", 20, 0, 8, 0, 33, $crc, length $packed, length $raw, 4, 0) };
	my $local = "PK\3\4" . $head->() . "0000" . $packed; my $dir = "";
	for my $i (0 .. 999) { my $h = $head->(); $dir .= "PK\1\2" . pack("v", 20) . $h . pack("vvvVV", 0, 0, 0, 0, 0) . sprintf("%04d", $i) }
	print $local, $dir, "PK\5\6", pack("vvvvVVv", 0, 0, 1000, 1000, length $dir, length $local, 0)' >shared.zip
defused "a thousand entries over one local header are refused" '^error UF010: zip: 1000 entries share one local header' inspect shared.zip --json

# --- addresses ------------------------------------------------------------------------------------------
sum() { perl -e 'my $s = 0; $s += $_ for unpack("C*", pack("H*", $ARGV[0])); printf "S3%s%02X\n", $ARGV[0], 255 - $s % 256' "$1"; }
{ sum 150000000000112233445566778899AABBCCDDEEFF; sum 15FFFFFFF000112233445566778899AABBCCDDEEFF; echo S70500000000FA; } >pair.s37
defused "two S-records at 0x0 and 0xFFFFFFF0 are two segments" '"segments":\[\{"address":0,"length":16,.*\{"address":4294967280,"length":16' inspect pair.s37 --json
defused "whose flat form is refused" '^error UF006' convert pair.s37 -t raw -o flat
is "and nothing is left of it" "$(ls flat* 2>/dev/null)" ""
perl -e '
	my $high = -1;
	for my $i (0 .. 99999) {
		my $a = $i * 2;
		if (($a >> 16) != $high) { $high = $a >> 16; printf ":02000004%04X%02X\n", $high, -(6 + ($high >> 8) + $high) & 255; }
		printf ":01%04X00AA%02X\n", $a & 65535, -(1 + (($a >> 8) & 255) + ($a & 255) + 0xAA) & 255;
	}
	print ":00000001FF\n"' >dots.hex
defused "100,000 segments of one byte are over the limit" '^error UF006: ihex.*65536' inspect dots.hex --json
defused "which can be raised" '100000 segments, 100000 bytes' inspect dots.hex --waiver max_segments=100000
perl -e 'for my $i (0 .. 99999) { my $a = $i * 2; my $s = 6; $s += ($a >> $_) & 255 for (0, 8, 16, 24); printf "S306%08XAA%02X\n", $a, 255 - ($s + 0xAA) % 256 } print "S70500000000FA\n"' >dots.s37
defused "as S-records, too" '^error UF006: srec.*65536' inspect dots.s37 --json
perl -e 'print "@", $_ * 2 == 0 ? "0" : sprintf("%X", $_ * 2), "\nAA\n" for 0 .. 99999; print "q\n"' >dots.txt
defused "and as TI-TXT" '^error UF006: ti-txt.*65536' inspect dots.txt --json

# --- nesting --------------------------------------------------------------------------------------------
perl -e 'print "\xd8\x6b\xa2\x02", "\x81" x 100000' >arrays.suit
defused "CBOR 100,000 arrays deep is refused" '^error UF00[16]: suit' inspect arrays.suit --json
perl -e 'print "\xd8\x6b\xa2\x02\x43\x81\x41\x00\x03\x5a", pack("N", 200000), "\xa1\x01" x 100000' >maps.suit
defused "in the manifest, too" '^error UF00[0-9]: suit' inspect maps.suit --json
perl -e 'print "{" . "\"a\":{" x 100000' >deep.json && printf x >fw.bin && cp deep.json manifest.json && zip -q0 deep.zip manifest.json fw.bin && cp fw.bin fw.dat && zip -q0 deep.zip fw.dat
defused "so is JSON in a package's manifest" '^error UF00[0-9]: nordic-dfu' inspect deep.zip --json
perl -e 'print "software = { " . "a : { " x 50000' >sw-description && echo sw-description | cpio -o -H newc --quiet >deep.swu
defused "and a sw-description" '^error UF00[0-9]: swu' inspect deep.swu --json
perl -e 'print pack("N10", 0xd00dfeed, 56 + 4 * 200001, 56, 56 + 4 * 200000, 40, 17, 16, 0, 4, 4 * 200000), "\0" x 16, pack("NN", 1, 0) x 100000, "\0" x 4' >deep.itb
defused "and a device tree of 100,000 nodes in each other" '^error UF00[0-9]: fit' inspect deep.itb --format fit --json
done_testing
