/* SPDX-License-Identifier: PostgreSQL */
/* test_cyacd.c: files of Cypress' boot loaders, for PSoC 3, 4, 5 and for PSoC 6. */
#include "binary_case.h"

static built
text(const char *lines)
{
	built		b = {0};

	put(&b, lines, strlen(lines));
	return b;
}

static void
good(const char *lines, const char *format, const char *segments, const char *warning, const char *name)
{
	built		b = text(lines);

	accepted(&b, NULL, "", segments, warning, name);
	survives(&b, format);
	drop(&b);
}

static void
bad(const char *lines, const char *format, fota_status status, const char *says)
{
	built		b = text(lines);

	refused(&b, format, "", status, says);
	drop(&b);
}

#define HEAD_2 "01002107E221000104030201\n"

static void
test_cyacd2(void)
{
	built		b = text(HEAD_2 "@APPINFO:0x10000000,0x8\r\n:0000001000010203\n:0400001004050607\n");
	outcome		o;

	is_vector(&b, "cyacd", "app.cyacd2");
	decode(&o, b.data, b.size, NULL, "");
	is_str(o.image.format, "cyacd2", "files for PSoC 6 are recognised");
	is_str(find_note(&o.image, "hw"), "E2072100", "silicon id");
	is_str(find_note(&o.image, "info"), "APPINFO:0x10000000,0x8", "where the application is");
	end_outcome(&o);
	drop(&b);
	good(HEAD_2 ":0000001000010203\n:0400001004050607\n", "cyacd2", "0x10000000+8", NULL, "rows that follow each other are joined");
	good(HEAD_2 ":00000010AABB\n:00000010AABB\n", "cyacd2", "0x10000000+2", "repeated", "a row may be repeated");
	bad("0100\n:00000010AA\n", "cyacd2", FOTA_TRUNCATED, "line 1: header too short: 4 digits, expected 24");
	bad(HEAD_2 ":00000010AX\n", "cyacd2", FOTA_SYNTAX, "line 2: column 11: \"X\" is not a hexadecimal digit");
	bad(HEAD_2 ":00000010AAA\n", "cyacd2", FOTA_SYNTAX, "line 2: odd digits");
	bad(HEAD_2 "00000010AA\n", "cyacd2", FOTA_SYNTAX, "line 2: a row must begin with \":\"");
	bad(HEAD_2 "\n:0000\n", "cyacd2", FOTA_TRUNCATED, "line 3: too short for an address");
	bad(HEAD_2 ":00000010\n", "cyacd2", FOTA_TRUNCATED, "line 2: a row without data");
	bad(HEAD_2 ":FFFFFFFFAABB\n", "cyacd2", FOTA_RANGE, "line 2: the row runs past 4 GiB");
	bad(HEAD_2 ":00000010AA\n:00000010BB\n", "cyacd2", FOTA_OVERLAP, "line 3: overlaps line 2 at 0x10000000 with other data");
	bad(HEAD_2, "cyacd2", FOTA_TRUNCATED, "no rows");
	bad("", "cyacd2", FOTA_TRUNCATED, "the file is empty");
}

static void
test_cyacd(void)
{
	built		b = text("04C811930000\n:000000000400010203F6\n:000001000404050607E5\n:40000000024142" "3B\n");
	outcome		o;

	is_vector(&b, "cyacd", "app.cyacd");
	decode(&o, b.data, b.size, NULL, "");
	is_str(o.image.format, "cyacd", "files for PSoC 3, 4 and 5 are recognised");
	ok(o.status == FOTA_OK && o.image.segment_count == 2 && o.image.segments[0].size == 8 &&
	   o.image.segments[1].space == FOTA_SPACE_EEPROM, "rows are at number times length, high arrays are the EEPROM");
	is_str(find_note(&o.image, "hw"), "04C81193", "silicon id");
	end_outcome(&o);
	drop(&b);
	good("04C811930000\n:000000000400010203F6\n", "cyacd", "0x0+4", NULL, "one row");
	bad("04C811930000\n:000000000400010203F7\n", "cyacd", FOTA_CHECKSUM, "line 2: row checksum 0xF7, expected 0xF6");
	bad("04C811930000\n:0000000005000102036F\n", "cyacd", FOTA_TRUNCATED, "line 2: length 5, but 4 bytes of data");
	bad("04C811930000\n:00000000030001020370\n", "cyacd", FOTA_SYNTAX, "line 2: length 3, but 4 bytes of data");
	bad("04C811930000\n:0000\n", "cyacd", FOTA_TRUNCATED, "line 2: too short for array, row, length and checksum");
}

int
main(int argc, char **argv)
{
	(void) argc;
	find_top(argv[0]);
	test_cyacd2();
	test_cyacd();
	good_file("cyacd2", "app.cyacd2", "cyacd2", "0x10000000+8192", NULL, NOTES("hw", "E2072100"));
	bad_corpus("cyacd2");
	return done();
}
