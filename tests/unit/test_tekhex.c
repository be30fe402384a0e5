/* SPDX-License-Identifier: PostgreSQL */
/* test_tekhex.c: Tektronix hex, extended and older, read and written. Vectors are in tests/vectors/tekhex. */
#include "text_case.h"

static const vector vectors[] = {
	{"plain.tek", "", FOTA_OK, 0, "0x100+32", NULL},
	{"short-address.tek", "", FOTA_OK, 0, "0x100+32", NULL},
	{"lower.tek", "", FOTA_OK, 0, "0x100+16", NULL},
	{"far.tek", "", FOTA_OK, 0, "0x8ffff0000+16", NULL},
	{"symbols.tek", "", FOTA_OK, 0, "0x100+16", NULL},
	{"left-out.tek", "", FOTA_OK, 0, "0x100+16", "left_out"},
	{"crlf.tek", "", FOTA_OK, 0, "0x100+16", NULL},
	{"backwards.tek", "", FOTA_OK, 0, "0x100+32", NULL},
	{"empty-block.tek", "", FOTA_OK, 2, "0x100+16", "empty_record"},
	{"no-end.tek", "", FOTA_OK, 1, "0x100+16", "no_terminator"},
	{"overlap.tek", "", FOTA_OVERLAP, 2, "tekhex line 2: address 0x00000008 already holds 0x08 (line 1), now 0xFF", NULL},
	{"bad-checksum.tek", "", FOTA_CHECKSUM, 2, "tekhex line 2: checksum ", NULL},
	{"bad-digit.tek", "", FOTA_SYNTAX, 1, "column 42: \"G\" is not a hexadecimal digit", NULL},
	{"bad-character.tek", "", FOTA_SYNTAX, 1, "column 42: \"!\" is no character of a Tektronix block", NULL},
	{"bad-length.tek", "", FOTA_SYNTAX, 1, "column 2: \"Z\" is not a hexadecimal digit", NULL},
	{"short.tek", "", FOTA_TRUNCATED, 1, "record says 0x29 characters, has 37", NULL},
	{"long.tek", "", FOTA_SYNTAX, 1, "record says 0x29 characters, has 43", NULL},
	{"cut.tek", "", FOTA_TRUNCATED, 2, "file ends inside a block, 5 characters before its end", NULL},
	{"odd.tek", "", FOTA_SYNTAX, 1, "odd number of data digits", NULL},
	{"bad-address.tek", "", FOTA_SYNTAX, 1, "bad address field", NULL},
	{"address-of-16.tek", "", FOTA_SYNTAX, 1, "bad address field (in Tek a length digit 0 means 16)", NULL},
	{"past-end.tek", "", FOTA_RANGE, 1, "block at 0x7FFFFFFFFFFFFFF8 runs past the last address", NULL},
	{"end-with-data.tek", "", FOTA_SYNTAX, 2, "a termination block must not hold data, has 2 characters", NULL},
	{"unknown-type.tek", "", FOTA_UNSUPPORTED, 1, "block type 7 is not known", NULL},
	{"after-end.tek", "", FOTA_TRAILING, 3, "after the termination block on line 2", NULL},
	{"no-data.tek", "", FOTA_TRUNCATED, 0, "no data blocks", NULL},
	{"tiny.tek", "", FOTA_TRUNCATED, 1, "a block of 4 characters, at least 5 are needed", NULL},
	{"old.tek", "", FOTA_OK, 0, "0x100+32", NULL},
	{"old-no-end.tek", "", FOTA_OK, 2, "0x100+32", "no_terminator"},
	{"old-head-sum.tek", "", FOTA_CHECKSUM, 1, "checksum 03 of address and length, expected 02", NULL},
	{"old-data-sum.tek", "", FOTA_CHECKSUM, 1, "of the data, expected 78", NULL},
	{"old-cut.tek", "", FOTA_TRUNCATED, 2, "file ends inside a record, 8 digits before its end", NULL},
	{"old-past-64k.tek", "", FOTA_RANGE, 1, "block at 0xFFF8 runs past 64 KiB", NULL},
	{"old-abort.tek", "", FOTA_SYNTAX, 2, "an abort block", NULL},
};

int
main(int argc, char **argv)
{
	static const char *const folders[] = {"tekhex", NULL};
	static const char *const same[] = {"plain.tek", "short-address.tek", "backwards.tek", "old.tek", "old-no-end.tek", NULL};
	static const uint8_t data[] = {0xde, 0xad, 0xbe, 0xef};
	fota_segment segment = {0x10, 4, data, 0};
	fota_image	image = {.format = "raw", .segments = &segment, .segment_count = 1, .bytes = 4, .has_entry = true, .entry = 0x1f};

	(void) argc;
	find_top(argv[0]);
	test_vectors("tekhex", vectors, sizeof(vectors) / sizeof(vectors[0]));
	test_same("tekhex", same);
	test_cut_anywhere("tekhex", "plain.tek", 1);
	writes(&image, "tekhex", NULL, "%1667E800000010DEADBEEF\n%0E82E80000001F\n", "a block of data and the end with the entry");
	test_rewrite("tekhex");
	test_refused_writes("tekhex", 32);
	test_corpus("tekhex", folders);
	return done();
}
