/* SPDX-License-Identifier: PostgreSQL */
/* test_ti_txt.c: TI-TXT, read and written. Vectors are in tests/vectors/ti_txt. */
#include "text_case.h"

static const vector vectors[] = {
	{"plain.txt", "", FOTA_OK, 0, "0x100+32", NULL},
	{"crlf-lower.txt", "", FOTA_OK, 0, "0x100+32", NULL},
	{"blanks.txt", "", FOTA_OK, 0, "0x100+16", NULL},
	{"two.txt", "", FOTA_OK, 0, "0x8000+16 0x10000+16", NULL},
	{"backwards.txt", "", FOTA_OK, 0, "0x100+32", NULL},
	{"upper-q.txt", "", FOTA_OK, 3, "0x100+16", "upper_case"},
	{"long-line.txt", "", FOTA_OK, 2, "0x100+32", "long_line"},
	{"repeated.txt", "", FOTA_OK, 4, "0x0+16", "repeated"},
	{"overlap.txt", "", FOTA_OVERLAP, 4, "ti-txt line 4: address 0x00000008 already holds 0x08 (line 2), now 0xFF", NULL},
	{"overlap.txt", "overlap=first", FOTA_OK, 4, "0x0+16", "overlap"},
	{"no-q.txt", "", FOTA_TRUNCATED, 2, "no \"q\" terminator: file is probably truncated", NULL},
	{"cut-in-byte.txt", "", FOTA_TRUNCATED, 3, "file ends inside a byte", NULL},
	{"cut-in-address.txt", "", FOTA_TRUNCATED, 3, "file ends inside an address", NULL},
	{"no-address.txt", "", FOTA_SYNTAX, 1, "line 1: data before the first @address", NULL},
	{"bad-digit.txt", "", FOTA_SYNTAX, 2, "line 2, column 5: \"X\" is not a hexadecimal digit", NULL},
	{"one-digit.txt", "", FOTA_SYNTAX, 2, "line 2: byte \"1\" must be two digits", NULL},
	{"three-digits.txt", "", FOTA_SYNTAX, 2, "line 2: byte \"123\" must be two digits", NULL},
	{"bad-address.txt", "", FOTA_SYNTAX, 1, "line 1: bad address", NULL},
	{"address-alone.txt", "", FOTA_SYNTAX, 1, "line 1: bad address", NULL},
	{"address-large.txt", "", FOTA_RANGE, 1, "line 1: address over 32 bits", NULL},
	{"past-4g.txt", "", FOTA_RANGE, 2, "line 2: data at 0xFFFFFFFF runs past 4 GiB", NULL},
	{"after-q.txt", "", FOTA_TRAILING, 4, "line 4: data after \"q\" on line 3", NULL},
	{"same-line-q.txt", "", FOTA_TRAILING, 3, "line 3: data after \"q\"", NULL},
	{"no-data.txt", "", FOTA_TRUNCATED, 0, "no data", NULL},
	{"web-page.txt", "", FOTA_SYNTAX, 1, "starts with \"<\"", NULL},
};

int
main(int argc, char **argv)
{
	static const char *const folders[] = {"ti-txt", NULL};
	static const char *const same[] = {"plain.txt", "crlf-lower.txt", "backwards.txt", "long-line.txt", NULL};
	static const uint8_t data[] = {0xde, 0xad, 0xbe, 0xef};
	fota_segment segments[] = {{0x10, 4, data, 0}, {0x12345, 4, data, 0}};
	fota_image	image = {.format = "raw", .segments = segments, .segment_count = 2, .bytes = 8};
	fota_encode_options options = {.record_size = 3, .crlf = true};

	(void) argc;
	find_top(argv[0]);
	test_vectors("ti-txt", vectors, sizeof(vectors) / sizeof(vectors[0]));
	test_same("ti-txt", same);
	test_cut_anywhere("ti-txt", "plain.txt", 1);
	writes(&image, "ti-txt", NULL, "@0010\nDE AD BE EF\n@12345\nDE AD BE EF\nq\n", "segments have addresses of their own");
	image.segment_count = 1;
	writes(&image, "ti-txt", &options, "@0010\r\nDE AD BE\r\nEF\r\nq\r\n", "line length and CR LF are as asked");
	test_rewrite("ti-txt");
	test_refused_writes("ti-txt", 32);
	test_corpus("ti-txt", folders);
	return done();
}
