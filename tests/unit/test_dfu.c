/* SPDX-License-Identifier: PostgreSQL */
/* test_dfu.c: files of USB DFU and DfuSe. */
#include "binary_case.h"

static void
put_suffix(built *b, unsigned version, size_t uncovered)
{
	put_le(b, 0x0102, 2);
	put_le(b, 0xdf11, 2);
	put_le(b, 0x0483, 2);
	put_le(b, version, 2);
	put(b, "UFD\x10", 4);
	put_le(b, ~fota_crc32(0, b->data + uncovered, b->size - uncovered), 4);
}

/* The CRC of what was changed. */
static void
seal(built *b)
{
	set_le(b, b->size - 4, ~fota_crc32(0, b->data, b->size - 4), 4);
}

/* --- DFU ---------------------------------------------------------------------------------- */

static void
test_dfu(void)
{
	built		b = {0};
	outcome		o;

	put_count(&b, 100);
	put_suffix(&b, 0x0100, 0);
	accepted(&b, NULL, "", "0x0+100", NULL, "the suffix is no part of the data");
	decode(&o, b.data, b.size, NULL, "");
	is_str(find_note(&o.image, "hw"), "0483:df11", "the device is read");
	is_str(find_note(&o.image, "version"), "1.02", "so is its version");
	end_outcome(&o);
	is_vector(&b, "dfu", "suffix.dfu");
	survives(&b, "dfu");
	b.data[5]++;
	refused(&b, "dfu", "", FOTA_CHECKSUM, "DFU suffix CRC 0x");
	set_le(&b, b.size - 10, 0x0999, 2);
	seal(&b);
	accepted(&b, NULL, "", "0x0+100", "bcd_dfu", "another version of DFU is warned of");
	b.data[b.size - 5] = 8;
	seal(&b);
	refused(&b, "dfu", "", FOTA_SYNTAX, "suffix length 8 is below 16");
	b.data[b.size - 5] = 200;
	seal(&b);
	refused(&b, "dfu", "", FOTA_TRUNCATED, "suffix length 200 is over the 116 bytes of the file");
	b.data[b.size - 5] = 20;
	seal(&b);
	accepted(&b, NULL, "", "0x0+96", "long_suffix", "a longer suffix is warned of");
	b.data[b.size - 8] = 'X';
	refused(&b, "dfu", "", FOTA_SYNTAX, "signature \"UFD\" not found");
	drop(&b);
	put_suffix(&b, 0x0100, 0);
	refused(&b, "dfu", "", FOTA_TRUNCATED, "nothing but the suffix");
	drop(&b);
}

static void
test_prefixes(void)
{
	built		b = {0};
	outcome		o;

	put(&b, "\xda\xff\x04\x00", 4);
	put_fill(&b, 0xff, 12);
	put_count(&b, 100);
	put_suffix(&b, 0x0100, 16);
	is_vector(&b, "dfu", "lpc-prefix.dfu");
	accepted(&b, NULL, "", "0x0+116", "lpc_prefix", "a CRC that does not cover the LPC prefix is warned of");
	drop(&b);
	put(&b, "\x01\x00\x10\x00", 4);
	put_le(&b, 100, 4);
	put_count(&b, 100);
	put_suffix(&b, 0x0100, 0);
	decode(&o, b.data, b.size, NULL, "");
	is_str(find_note(&o.image, "prefix"), "stellaris", "the prefix of Stellaris is known");
	is_str(find_note(&o.image, "load_address"), "16384", "and gives the address");
	end_outcome(&o);
	drop(&b);
}

/* --- DfuSe -------------------------------------------------------------------------------- */

static void
put_target(built *b, unsigned setting, const char *name, size_t size, uint32_t elements)
{
	size_t		length = name ? strlen(name) : 0;

	put(b, "Target", 6);
	put_le(b, setting, 1);
	put_le(b, name != NULL, 4);
	put(b, name, length);
	put(b, NULL, 255 - length);
	put_le(b, size, 4);
	put_le(b, elements, 4);
}

static void
put_element(built *b, uint32_t address, size_t size)
{
	put_le(b, address, 4);
	put_le(b, size, 4);
	put_count(b, size);
}

/* Alternate setting 0 with two elements, 1 with one. */
static built
two_targets(void)
{
	built		b = {0};

	put(&b, "DfuSe\1", 6);
	put_le(&b, 0, 4);
	put_le(&b, 2, 1);
	put_target(&b, 0, "Internal Flash", 8 + 32 + 8 + 16, 2);
	put_element(&b, 0x8000000, 32);
	put_element(&b, 0x8010000, 16);
	put_target(&b, 1, NULL, 8 + 16, 1);
	put_element(&b, 0x8000000, 16);
	set_le(&b, 6, b.size, 4);
	put_suffix(&b, 0x011a, 0);
	return b;
}

static void
changed(size_t at, uint64_t value, size_t size, fota_status status, const char *says)
{
	built		b = two_targets();

	set_le(&b, at, value, size);
	seal(&b);
	if (status == FOTA_OK)
		accepted(&b, "dfuse", "", "0x8000000+32 0x8010000+16 0x8000000+16", says, says);
	else
		refused(&b, "dfuse", "", status, says);
	drop(&b);
}

static void
test_dfuse(void)
{
	built		b = two_targets();
	outcome		o;
	outcome		again;
	fota_buf	out;

	decode(&o, b.data, b.size, NULL, "");
	ok(o.status == FOTA_OK && o.image.segment_count == 3 && o.image.segments[1].space == FOTA_SPACE_FLASH &&
	   o.image.segments[2].space == FOTA_SPACE_OTHER + 1, "alternate settings are spaces");
	is_str(find_note(&o.image, "targets"), "0 Internal Flash", "targets are named");
	fota_buf_init(&out, 1 << 20);
	ok(fota_image_encode(&o.ctx, &o.image, "dfuse", NULL, &out) == FOTA_OK, "it is written");
	decode(&again, out.data, out.size, NULL, "");
	is_str(again.id, o.id, "and read the same");
	ok(again.image.segment_count == 3 && again.image.segments[2].space == FOTA_SPACE_OTHER + 1, "with its spaces");
	end_outcome(&again);
	fota_buf_free(&o.ctx, &out);
	end_outcome(&o);
	is_vector(&b, "dfuse", "two-targets.dfu");
	survives(&b, "dfuse");
	drop(&b);
	changed(5, 2, 1, FOTA_UNSUPPORTED, "DfuSe prefix version 2 unknown");
	changed(6, 1, 4, FOTA_TRAILING, "image size 1, but");
	changed(10, 0, 1, FOTA_TRUNCATED, "the file has no targets");
	changed(10, 1, 1, FOTA_TRAILING, "between the last target and the suffix");
	changed(10, 3, 1, FOTA_TRUNCATED, "target 2: signature \"Target\" not found at offset");
	changed(11, 'X', 1, FOTA_SYNTAX, "target 0: signature \"Target\" not found at offset 11");
	changed(11 + 6, 255, 1, FOTA_RANGE, "target 0: alternate setting 255");
	changed(11 + 266, 0x7fffffff, 4, FOTA_TRUNCATED, "target 0: size 2147483647 runs past the image");
	changed(11 + 266, 65, 4, FOTA_SYNTAX, "target 0: its 2 elements end 1 bytes before its size says");
	changed(11 + 270, 0xffffffff, 4, FOTA_TRUNCATED, "target 0: 4294967295 elements do not fit");
	changed(11 + 270, 3, 4, FOTA_TRUNCATED, "target 0 element 2: no place for it in the target");
	changed(11 + 274 + 4, 0xfffffff0, 4, FOTA_TRUNCATED, "target 0 element 0: size 0xFFFFFFF0 runs past the target");
	changed(11 + 274, 0xfffffff0, 4, FOTA_RANGE, "target 0 element 0: 0xFFFFFFF0 + 32 runs past 4 GiB");
	b = two_targets();
	set_le(&b, b.size - 10, 0x0100, 2);
	memset(b.data + 11 + 11, 'x', 255);
	seal(&b);
	accepted(&b, NULL, "", "0x8000000+32 0x8010000+16 0x8000000+16", "target_name", "a name without an end is warned of");
	accepted(&b, NULL, "", "0x8000000+32 0x8010000+16 0x8000000+16", "bcd_dfu", "so is another version in the suffix");
	drop(&b);
}

static void
test_write_dfu(void)
{
	static const char hex[] = ":10000000000102030405060708090A0B0C0D0E0F78\n:00000001FF\n";
	outcome		o;
	outcome		again;
	fota_buf	out;

	decode(&o, hex, strlen(hex), "ihex", "");
	fota_buf_init(&out, 1 << 20);
	ok(fota_image_encode(&o.ctx, &o.image, "dfu", NULL, &out) == FOTA_OK && out.size == 32, "one segment is written as DFU");
	decode(&again, out.data, out.size, NULL, "");
	is_str(again.id, o.id, "and read the same");
	end_outcome(&again);
	fota_buf_free(&o.ctx, &out);
	end_outcome(&o);
}

static void
test_corpus_files(void)
{
	good_file("dfu", "suffix_vidpid.dfu", "dfu", "0x0+8008", NULL, NOTES("hw", "0483:df11", "version", "1.02"));
	good_file("dfu", "lpc_prefix.dfu", "dfu", "0x0+8024", NULL, NOTES("prefix", "lpc", "hw", "1fc9:000c"));
	good_file("dfu", "stellaris_prefix.dfu", "dfu", "0x0+8016", NULL, NOTES("load_address", "16384"));
	good_file("dfu", "usb_test.dfu", "dfu", NULL, NULL, NULL);
	good_file("dfu", "bluetooth_rxtx.dfu", "dfu", NULL, NULL, NULL);
	good_file("dfu", "blinky.dfu", "dfu", NULL, NULL, NULL);
	good_file("dfu", "hackrf_rad1o_usb.dfu", "dfu", NULL, "lpc_prefix", NULL);
	good_file("dfu", "toboot-booster.dfu", "dfu", NULL, NULL, NULL);
	good_file("dfuse", "two_elements.dfu", "dfuse", NULL, NULL, NULL);
	good_file("dfuse", "noname.dfu", "dfuse", NULL, NULL, NULL);
	good_file("dfuse", "two_targets.dfu", "dfuse", NULL, NULL, NULL);
	bad_corpus("dfu");
	bad_corpus("dfuse");
}

int
main(int argc, char **argv)
{
	(void) argc;
	find_top(argv[0]);
	test_dfu();
	test_prefixes();
	test_dfuse();
	test_write_dfu();
	test_corpus_files();
	return done();
}
