#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Agreement with Debian's tools on binary formats: ELF with avr-gcc and avr-objcopy, USB DFU and DfuSe with dfu-util's
# tools, U-Boot's images with mkimage and dumpimage; what we write is what we read. Needs no cluster.
. "$(dirname "$0")/lib.sh"
CTL=$BIN/fotactl
cd "$T" || bail "no $T"

# run ARGS ..: exit status; stdout is in $T/out, stderr in $T/err
run() { "$CTL" "$@" >"$T/out" 2>"$T/err"; echo $?; }
inspect() { "$CTL" image inspect "$@" --json 2>"$T/err"; }
content_id() { sed -n 's/.*"content_id":"\([0-9a-f]*\)".*/\1/p' <<<"$1"; }
# note NAME JSON: a text or number of the metadata
noted() { sed -n "s/.*\"metadata\":{.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" <<<"$2"; }

tail -c +10001 "$CTL" | head -c 5000 >data
tail -c +30001 "$CTL" | head -c 1001 >data2

# --- ELF ---------------------------------------------------------------------------------------------
cat >lamp.c <<'C'
#include <avr/io.h>
#include <avr/eeprom.h>
#include <avr/fuse.h>
uint8_t EEMEM settings[3] = {1, 2, 3};
FUSES = {.low = 0xe2, .high = 0xd9, .extended = 0xff};
volatile int counter = 42;
const char text[] = "lamp 1.0";
int main(void) { for (;;) { counter += eeprom_read_byte(settings) + text[counter & 7]; } }
C
ok "avr-gcc makes an ELF file" avr-gcc -mmcu=atmega328p -Os -Wl,--build-id -o lamp.elf lamp.c
ok "avr-objcopy takes the flash out of it" avr-objcopy -O ihex -R .eeprom -R .fuse -R .signature lamp.elf flash.hex
ok "and the EEPROM" avr-objcopy -O ihex -j .eeprom --change-section-lma .eeprom=0 --no-change-warnings lamp.elf eeprom.hex
json=$(inspect lamp.elf)
like "we see flash, EEPROM and fuses as spaces of their own" "$json" '"space":"flash".*"space":"eeprom".*"space":"fuses"'
is "the machine is named" "$(noted machine "$json")" AVR
is "and the build id is that which readelf prints" "$(noted build_id "$json")" \
	"$(LC_ALL=C readelf -n lamp.elf 2>/dev/null | sed -n 's/.*Build ID: //p')"
segment() { sed -n "s/.*\"address\":[0-9]*,\"length\":[0-9]*,\"sha256\":\"\([0-9a-f]*\)\",\"space\":\"$1\".*/\1/p" <<<"$2"; }
is "the flash holds what avr-objcopy finds there" "$(segment flash "$(sed 's/},{.*"space":"eeprom".*//' <<<"$json")")" \
	"$(segment flash "$(inspect flash.hex)")"
is "the EEPROM, too" "$(printf '\1\2\3' | sha256sum | cut -d' ' -f1)" "$(segment flash "$(inspect eeprom.hex)")"

# --- USB DFU ------------------------------------------------------------------------------------------
cp data lamp.dfu
ok "dfu-suffix adds a suffix" dfu-suffix -v 0483 -p df11 -d 0102 -a lamp.dfu
json=$(inspect lamp.dfu)
is "we see the data without it" "$(content_id "$json")" "$(content_id "$(inspect data)")"
is "and which device it is for" "$(noted usb_vendor "$json"):$(noted usb_product "$json")" 0483:df11
is "a DFU file is written" "$(run image convert data -t dfu -o ours.dfu)" 0
ok "whose suffix dfu-suffix takes" dfu-suffix -c ours.dfu
cp data prefixed.dfu
ok "dfu-prefix adds one for Stellaris" dfu-prefix -s 0x4000 -T -a prefixed.dfu
ok "and dfu-suffix the suffix" dfu-suffix -v 1cbe -p 00ff -a prefixed.dfu
is "we see the address in it" "$(noted load_address "$(inspect prefixed.dfu)")" 16384
is "a DfuSe file is written" "$(run image convert flash.hex -t dfuse -o ours.dfuse)" 0
ok "whose suffix dfu-suffix takes" dfu-suffix -c ours.dfuse
is "and which is read the same" "$(content_id "$(inspect ours.dfuse)")" "$(content_id "$(inspect flash.hex)")"
printf 'x' | dd of=lamp.dfu bs=1 seek=100 conv=notrunc status=none
is "a changed byte is seen" "$(run image inspect lamp.dfu --json):$(grep -c 'error UF002: dfu: DFU suffix CRC 0x' err)" 1:1

# --- UF2 ----------------------------------------------------------------------------------------------
is "UF2 is written" "$(run image convert flash.hex -t uf2 --family 0xe48bff56 -o ours.uf2)" 0
json=$(inspect ours.uf2)
is "and read the same" "$(content_id "$json")" "$(content_id "$(inspect flash.hex)")"
like "with its family" "$json" '"family":\["RP2040"\]'

# --- U-Boot -------------------------------------------------------------------------------------------
ok "mkimage makes a kernel's image" mkimage -A arm -O linux -T kernel -C none -a 0x80008000 -e 0x80008040 -n "lamp 1.0" -d data lamp.uimg
json=$(inspect lamp.uimg)
is "we see what it was told" "$(noted name "$json") $(noted os "$json") $(noted arch "$json") $(noted load_address "$json") $(noted entry "$json")" \
	"lamp 1.0 linux arm 2147516416 2147516480"
ok "mkimage makes one of several parts" mkimage -A arm -O linux -T multi -C none -n parts -d data:data2 parts.uimg
like "which are members" "$(inspect parts.uimg)" '"name":"image-0","size":5000.*"name":"image-1","size":1001'
printf 'x' | dd of=lamp.uimg bs=1 seek=200 conv=notrunc status=none
is "a changed byte is seen" "$(run image inspect lamp.uimg --json):$(grep -c 'error UF002: uimage: data CRC 0x' err)" 1:1

mkdir keys
openssl req -batch -new -newkey rsa:2048 -nodes -x509 -subj /CN=dev -keyout keys/dev.key -out keys/dev.crt 2>/dev/null
cat >lamp.its <<'ITS'
/dts-v1/;
/ {
	description = "lamp 1.0";
	#address-cells = <1>;
	images {
		firmware { description = "f"; data = /incbin/("data"); type = "firmware"; arch = "arm"; os = "u-boot"; compression = "none";
			load = <0x8004000>; entry = <0x8004041>; hash-1 { algo = "sha256"; }; hash-2 { algo = "crc32"; }; };
		fdt { description = "d"; data = /incbin/("data2"); type = "flat_dt"; arch = "arm"; compression = "none"; hash-1 { algo = "sha1"; }; };
	};
	configurations {
		default = "lamp";
		lamp { firmware = "firmware"; fdt = "fdt"; compatible = "acme,lamp";
			signature-1 { algo = "sha256,rsa2048"; key-name-hint = "dev"; sign-images = "firmware", "fdt"; }; };
	};
};
ITS
ok "mkimage makes and signs a FIT image" mkimage -f lamp.its -k keys -r lamp.itb
ok "and one with the data behind the tree" mkimage -E -f lamp.its -k keys -r external.itb
for fit in lamp.itb external.itb; do
	json=$(inspect $fit)
	like "we see the images of $fit" "$json" '"name":"firmware","size":5000.*"name":"fdt","size":1001'
	is "what it is compatible with" "$(sed -n 's/.*"hw":\["\([^"]*\).*/\1/p' <<<"$json")" "acme,lamp"
	is "that it is signed" "$(noted signed "$json")" true
done
at=$(LC_ALL=C grep -obUa "$(head -c 4 data2 | tr -d '\0')" lamp.itb | head -n 1 | cut -d: -f1)
[ -n "$at" ] || at=400
printf 'xyz' | dd of=lamp.itb bs=1 seek=$((at + 60)) conv=notrunc status=none
is "a changed byte of its data is seen" "$(run image inspect lamp.itb --json):$(grep -c 'error UF002: fit: image ' err)" 1:1
head -c 1000 external.itb >cut.itb
is "a FIT image that is cut is refused" "$(run image inspect cut.itb --json):$(grep -c 'error UF003: fit: ' err)" 1:1

# --- the example of how to add a format ---------------------------------------------------------------
sed -n '/^```c$/,/^```$/p' "$FOTA_TOP/extension/core/codec/ADDING.md" | sed '1d;$d' >acme.c
cat >main.c <<'C'
#include "codecs.h"
#include <stdio.h>
#include <stdlib.h>
extern const fota_codec fota_codec_acme;
static void *take(void *o, size_t size) { (void) o; return malloc(size); }
static void give(void *o, void *p) { (void) o; free(p); }
int main(int argc, char **argv)
{
	static uint8_t data[4096];
	FILE *in = fopen(argv[argc - 1], "rb");
	fota_bytes file = {data, fread(data, 1, sizeof(data), in)};
	fota_ctx ctx = {.alloc = take, .free = give};
	fota_image_options options = {0};
	fota_image image = {.ctx = &ctx, .codec = &fota_codec_acme};
	const char *reason = "";
	int sure = fota_codec_acme.detect(file, &reason);
	fota_status status = fota_codec_acme.decode(&ctx, file, &options, &image);
	printf("%d %s %llu\n", sure, status ? ctx.error.message : "good",
		   (unsigned long long) (status ? 0 : image.segments[0].address + image.segments[0].size));
	return 0;
}
C
ok "the example of a codec compiles" gcc -std=c11 -O2 -Wall -Wextra -Werror -I"$FOTA_TOP/extension/core" \
	-I"$FOTA_TOP/extension/core/codec" -o acme acme.c main.c "$FOTA_BUILD/core/libfotacore.a" -ldivsufsort -lbz2 -lz -llzma -lzstd -lcrypto
acme() { perl -e 'print "ACME", pack("VVV", 0x8000, $ARGV[0], hex $ARGV[1]), "123456789"' "$1" "$2" >acme.bin; ./acme acme.bin; }
is "it reads a file" "$(acme 9 cbf43926)" "95 good 32777"
is "and refuses a wrong CRC" "$(acme 9 cbf43927)" "95 acme: CRC 0xCBF43927, computed 0xCBF43926 0"
is "and a file that is cut" "$(acme 10 cbf43926)" "95 acme: 10 bytes of data, but the file holds 9 0"
done_testing
