/* SPDX-License-Identifier: PostgreSQL */
/* test_crc.c: CRCs by parameters give the published check values of "123456789". */
#include "tap.h"

#include "crc.h"
#include "hash.h"

static const struct
{
	const char *name;
	fota_crc_spec spec;
	uint64_t	check;
}			known[] = {
	{"CRC-3/GSM", {3, 0x3, 0x0, 0x7, false, false}, 0x4},
	{"CRC-5/USB", {5, 0x05, 0x1f, 0x1f, true, true}, 0x19},
	{"CRC-7/MMC", {7, 0x09, 0x00, 0x00, false, false}, 0x75},
	{"CRC-8/SMBUS", {8, 0x07, 0x00, 0x00, false, false}, 0xf4},
	{"CRC-8/AUTOSAR", {8, 0x2f, 0xff, 0xff, false, false}, 0xdf},
	{"CRC-12/UMTS", {12, 0x80f, 0x000, 0x000, false, true}, 0xdaf},
	{"CRC-16/ARC", {16, 0x8005, 0x0000, 0x0000, true, true}, 0xbb3d},
	{"CRC-16/MODBUS", {16, 0x8005, 0xffff, 0x0000, true, true}, 0x4b37},
	{"CRC-16/IBM-3740", {16, 0x1021, 0xffff, 0x0000, false, false}, 0x29b1},
	{"CRC-16/XMODEM", {16, 0x1021, 0x0000, 0x0000, false, false}, 0x31c3},
	{"CRC-16/KERMIT", {16, 0x1021, 0x0000, 0x0000, true, true}, 0x2189},
	{"CRC-24/OPENPGP", {24, 0x864cfb, 0xb704ce, 0x000000, false, false}, 0x21cf02},
	{"CRC-32/ISO-HDLC", {32, 0x04c11db7, 0xffffffff, 0xffffffff, true, true}, 0xcbf43926},
	{"CRC-32/BZIP2", {32, 0x04c11db7, 0xffffffff, 0xffffffff, false, false}, 0xfc891918},
	{"CRC-32/MPEG-2 (STM32)", {32, 0x04c11db7, 0xffffffff, 0x00000000, false, false}, 0x0376e6e7},
	{"CRC-32/AUTOSAR", {32, 0xf4acfb13, 0xffffffff, 0xffffffff, true, true}, 0x1697d06a},
	{"CRC-64/XZ", {64, 0x42f0e1eba9ea3693, 0xffffffffffffffff, 0xffffffffffffffff, true, true}, 0x995dc9bbdf1939fa},
	{"CRC-64/ECMA-182", {64, 0x42f0e1eba9ea3693, 0x0, 0x0, false, false}, 0x6c40df5f0b497347},
};

static uint64_t
crc_of(const fota_crc_spec *spec, const uint8_t *data, size_t size, size_t part)
{
	static fota_crc crc;
	fota_ctx	ctx = tap_ctx(0);

	fota_crc_begin(&ctx, &crc, spec);
	for (size_t i = 0; i < size; i += part)
		fota_crc_add(&ctx, &crc, data + i, size - i < part ? size - i : part);
	return fota_crc_end(&crc);
}

int
main(void)
{
	static const uint8_t digits[] = "123456789";
	static uint8_t zeros[200000];
	static fota_crc crc;
	fota_ctx	ctx = tap_ctx(0);
	fota_crc_spec bad = known[8].spec;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		ok(crc_of(&known[i].spec, digits, 9, 9) == known[i].check, "%s has its check value", known[i].name);
		ok(crc_of(&known[i].spec, digits, 9, 2) == known[i].check, "%s has it in pieces", known[i].name);
	}
	memset(zeros, 0x5a, sizeof(zeros));
	ok(crc_of(&known[12].spec, zeros, sizeof(zeros), sizeof(zeros)) == fota_crc32(0, zeros, sizeof(zeros)),
	   "CRC-32 is what zip has");
	fota_crc_begin(&ctx, &crc, &known[12].spec);
	fota_crc_add_fill(&ctx, &crc, 0x5a, sizeof(zeros));
	ok(fota_crc_end(&crc) == fota_crc32(0, zeros, sizeof(zeros)), "gaps are bytes of one value");
	bad.width = 2;
	ok(fota_crc_begin(&ctx, &crc, &bad) == FOTA_RANGE, "a width of 2 bits is refused");
	bad.width = 65;
	ok(fota_crc_begin(&ctx, &crc, &bad) == FOTA_RANGE, "a width of 65 bits is refused");
	bad.width = 12;
	ok(fota_crc_begin(&ctx, &crc, &bad) == FOTA_RANGE, "a value wider than the width is refused");
	return done();
}
