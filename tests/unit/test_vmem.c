/* SPDX-License-Identifier: PostgreSQL */
/* test_vmem.c: memory words for $readmemh, read and written. Vectors are in tests/vectors/vmem. */
#include "text_case.h"

static const vector vectors[] = {
	{"plain.vmem", "", FOTA_OK, 0, "0x100+32", NULL},
	{"own-line.v", "", FOTA_OK, 0, "0x100+32", NULL},
	{"words-16.vmem", "", FOTA_OK, 1, "0x100+32", "assumed"},
	{"words-32.vmem", "", FOTA_OK, 1, "0x100+32", "assumed"},
	{"words-64.vmem", "", FOTA_OK, 1, "0x100+32", "assumed"},
	{"words-32.vmem", "word=32", FOTA_OK, 0, "0x100+32", NULL},
	{"words-32.vmem", "word=64", FOTA_OK, 0, "0x200+64", NULL},
	{"words-32.vmem", "word=16", FOTA_SYNTAX, 1, "word \"00010203\" is 32 bits wide, words of 16 bits were asked for", NULL},
	{"little-32.vmem", "word=32 endian=little", FOTA_OK, 0, "0x100+32", NULL},
	{"comments.vmem", "", FOTA_OK, 0, "0x100+32", NULL},
	{"underscores.vmem", "word=32", FOTA_OK, 0, "0x100+32", NULL},
	{"no-address.vmem", "", FOTA_OK, 0, "0x0+16", NULL},
	{"short-words.vmem", "word=32", FOTA_OK, 0, "0x100+16", NULL},
	{"short-words.vmem", "", FOTA_SYNTAX, 2, "word \"0\" is not a whole number of bytes", NULL},
	{"two.vmem", "", FOTA_OK, 0, "0x0+1 0xfffffff0+1", NULL},
	{"overlap.vmem", "", FOTA_OVERLAP, 2, "vmem line 2: address 0x00000001 already holds 0x01 (line 1), now 0x02", NULL},
	{"mixed.vmem", "", FOTA_SYNTAX, 1, "line 1: word \"4455\" is 16 bits wide, earlier words 32 bits", NULL},
	{"mixed.vmem", "word=32", FOTA_OK, 0, "0x0+8", NULL},
	{"odd.vmem", "", FOTA_SYNTAX, 1, "line 1: word \"123\" is not a whole number of bytes", NULL},
	{"three-bytes.vmem", "", FOTA_SYNTAX, 1, "word \"112233\" is 24 bits wide, not 8, 16, 32 or 64", NULL},
	{"unknown.vmem", "", FOTA_SYNTAX, 1, "unknown/high-impedance digits (x, z) cannot be firmware bytes", NULL},
	{"open-comment.vmem", "", FOTA_SYNTAX, 2, "comment opened on line 2 is not closed", NULL},
	{"no-digits.vmem", "", FOTA_SYNTAX, 1, "line 1: \"@\" must be followed by an address", NULL},
	{"bad-digit.vmem", "", FOTA_SYNTAX, 1, "column 5: \"G\" is not a hexadecimal digit", NULL},
	{"bad-address.vmem", "", FOTA_SYNTAX, 1, "column 3: \"G\" is not a hexadecimal digit", NULL},
	{"address-large.vmem", "", FOTA_RANGE, 1, "address over 32 bits", NULL},
	{"past-4g.vmem", "", FOTA_RANGE, 1, "word address 0xFFFFFFFF x 4 bytes exceeds 32 bits", NULL},
	{"no-data.vmem", "", FOTA_TRUNCATED, 0, "no data", NULL},
	{"slash.vmem", "", FOTA_SYNTAX, 1, "column 7: \"/\" is not a hexadecimal digit", NULL},
};

int
main(int argc, char **argv)
{
	static const char *const folders[] = {NULL};
	static const char *const same[] = {"plain.vmem", "own-line.v", "words-16.vmem", "words-32.vmem", "words-64.vmem", "comments.vmem",
	"underscores.vmem", NULL};
	static const uint8_t data[] = {0xde, 0xad, 0xbe, 0xef};
	fota_segment segment = {0x10, 4, data, 0};
	fota_image	image = {.format = "raw", .segments = &segment, .segment_count = 1, .bytes = 4};
	fota_encode_options options = {.word = 32};

	(void) argc;
	find_top(argv[0]);
	test_vectors("vmem", vectors, sizeof(vectors) / sizeof(vectors[0]));
	test_same("vmem", same);
	writes(&image, "vmem", NULL, "@00000010 DE AD BE EF\n", "bytes");
	writes(&image, "vmem", &options, "@00000004 DEADBEEF\n", "words of 32 bits, whose addresses count words");
	options.little = true;
	writes(&image, "vmem", &options, "@00000004 EFBEADDE\n", "and little-endian");
	segment.size = 3;
	refuses(&image, "vmem", &options, "segment at 0x10 with 3 bytes does not fill words of 32 bits");
	segment.size = 4;
	options.record_size = 6;
	refuses(&image, "vmem", &options, "6 bytes on a line are not whole words of 32 bits");
	options = (fota_encode_options) {.word = 24};
	refuses(&image, "vmem", &options, "words of 24 bits, there are 8, 16, 32 and 64");
	test_rewrite("vmem");
	test_refused_writes("vmem", 32);
	test_corpus("vmem", folders);
	return done();
}
