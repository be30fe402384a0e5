/* SPDX-License-Identifier: PostgreSQL */
/* test_uf2.c: UF2 files: blocks, families, tags, containers, and what is written. */
#include "binary_case.h"

#define RP2040 0xe48bff56

/* A block of 256 bytes "value". */
static void
put_block(built *b, uint32_t flags, uint32_t address, uint32_t number, uint32_t total, uint32_t family, int value)
{
	put_le(b, 0x0A324655, 4);
	put_le(b, 0x9E5D5157, 4);
	put_le(b, flags, 4);
	put_le(b, address, 4);
	put_le(b, 256, 4);
	put_le(b, number, 4);
	put_le(b, total, 4);
	put_le(b, family, 4);
	put_fill(b, value, 256);
	put(b, NULL, 220);
	put_le(b, 0x0AB16F30, 4);
}

/* Four blocks of family RP2040. */
static built
four(void)
{
	built		b = {0};

	for (uint32_t i = 0; i < 4; i++)
		put_block(&b, 0x2000, 0x10000000 + 256 * i, i, 4, RP2040, (int) i);
	return b;
}

static void
changed(size_t at, uint64_t value, size_t size, fota_status status, const char *says)
{
	built		b = four();

	set_le(&b, at, value, size);
	if (status == FOTA_OK)
		accepted(&b, NULL, "", "0x10000000+1024", says, says);
	else
		refused(&b, "uf2", "", status, says);
	drop(&b);
}

static void
test_blocks(void)
{
	built		b = four();

	accepted(&b, NULL, "", "0x10000000+1024", NULL, "blocks give their data");
	is_vector(&b, "uf2", "four-blocks.uf2");
	survives(&b, "uf2");
	b.size -= 100;
	refused(&b, "uf2", "", FOTA_TRUNCATED, "length 1948 is not a multiple of 512 (block 3 is cut)");
	b.size = 3 * 512;
	refused(&b, "uf2", "", FOTA_TRUNCATED, "block number 3 of 4 is missing in family 0xE48BFF56");
	drop(&b);
	changed(0, 1, 1, FOTA_SYNTAX, "magic is 0x0A324601");
	changed(512, 1, 1, FOTA_SYNTAX, "block 1: magic is 0x0A324601");
	changed(2 * 512 - 4, 0, 4, FOTA_SYNTAX, "block 1: final magic is 0x00000000");
	changed(512 + 16, 477, 4, FOTA_RANGE, "block 1: payload size 477 is over 476");
	changed(512 + 20, 9, 4, FOTA_RANGE, "block 1: block number 9 of 4 is out of range");
	changed(512 + 24, 5, 4, FOTA_SYNTAX, "block 1: total 5 differs from 4");
	changed(512 + 12, 0xffffff80, 4, FOTA_RANGE, "block 1: 0xFFFFFF80 + 256 runs past 4 GiB");
	changed(512 + 12, 0x10000000, 4, FOTA_OVERLAP, "block 1: overlaps block 0 at 0x10000000 with other data");
	changed(512 + 8, 0, 4, FOTA_OK, "family_mixed");
	changed(8, 0, 4, FOTA_OK, "family_mixed");
}

static void
test_order(void)
{
	static const uint32_t order[] = {2, 0, 3, 1, 3};
	built		b = {0};

	for (size_t i = 0; i < 5; i++)
		put_block(&b, 0x2000, 0x10000000 + 256 * order[i], order[i], 4, RP2040, (int) order[i]);
	accepted(&b, NULL, "", "0x10000000+1024", "repeated", "blocks may come in any order, and again");
	drop(&b);
	b = four();
	set_le(&b, 512 + 12, 0x10000000, 4);
	accepted(&b, NULL, "overlap=last", "0x10000000+256 0x10000200+512", "overlap", "the waiver takes the last block");
	drop(&b);
	b = four();
	set_le(&b, 3 * 512 + 8, 0x2001, 4);
	accepted(&b, NULL, "", "0x10000000+768", "not_main_flash", "blocks that are not for the main flash are left out");
	drop(&b);
}

static void
test_families(void)
{
	built		b = four();
	built		erratum = {0};

	for (uint32_t i = 0; i < 2; i++)
		put_block(&b, 0x2000, 0x2000 + 256 * i, i, 2, 0x68ed2b88, 7);
	is_vector(&b, "uf2", "two-families.uf2");
	accepted(&b, NULL, "", "0x2000+512 0x10000000+1024", NULL, "numbers count per family");
	accepted(&b, NULL, "family=68ED2B88", "0x2000+512", NULL, "one of them can be chosen");
	refused(&b, "uf2", "family=00000001", FOTA_TRUNCATED, "there are no blocks of family 0x00000001");
	set_le(&b, 4 * 512 + 12, 0x10000000, 4);
	refused(&b, "uf2", "", FOTA_OVERLAP, "block 4: overlaps block 0 at 0x10000000");
	drop(&b);
	put_block(&erratum, 0x2000, 0x10ffff00, 0, 2, 0xe48bff57, 0xef);
	b = four();
	put(&erratum, b.data, b.size);
	accepted(&erratum, NULL, "", "0x10000000+1024", "absolute_block", "the block against an erratum is left out");
	drop(&b);
	drop(&erratum);
}

static void
test_tags(void)
{
	static const uint8_t version[] = {9, 0xbc, 0xc7, 0x9f, '1', '.', '2', '.', '3', 0, 0, 0};
	static const uint8_t device[] = {8, 0x9d, 0x0d, 0x65, 'L', 'a', 'm', 'p'};
	static const uint8_t page[] = {8, 0xf7, 0xe9, 0x0b, 0, 0x10, 0, 0};
	built		b = four();
	outcome		o;

	set_le(&b, 8, 0xa000, 4);
	memcpy(b.data + 32 + 256, version, sizeof(version));
	memcpy(b.data + 32 + 256 + 12, device, sizeof(device));
	memcpy(b.data + 32 + 256 + 20, page, sizeof(page));
	decode(&o, b.data, b.size, NULL, "");
	is_vector(&b, "uf2", "tags.uf2");
	is_str(find_note(&o.image, "version"), "1.2.3", "the version is read");
	is_str(find_note(&o.image, "product"), "Lamp", "the device is read");
	is_str(find_note(&o.image, "page_size"), "4096", "the page size is read");
	is_str(find_note(&o.image, "family"), "RP2040", "the family is named");
	is_str(find_note(&o.image, "hw"), "0xE48BFF56", "its id is what the device must be");
	end_outcome(&o);
	b.data[32 + 256] = 2;
	refused(&b, "uf2", "", FOTA_SYNTAX, "block 0: extension tag size 2 is below 4");
	b.data[32 + 256] = 255;
	refused(&b, "uf2", "", FOTA_TRUNCATED, "block 0: extension tag of 255 bytes runs past the block");
	drop(&b);
}

static void
test_md5(void)
{
	built		b = four();

	for (size_t i = 0; i < 4; i++)
	{
		uint8_t    *md5 = b.data + 512 * i + 32 + 452;
		fota_ctx	ctx = tap_ctx(0);
		uint8_t		region[1024];

		for (size_t k = 0; k < sizeof(region); k++)
			region[k] = (uint8_t) (k / 256);
		b.data[512 * i + 9] |= 0x40;
		set_le(&b, 512 * i + 32 + 452, 0x10000000, 4);
		set_le(&b, 512 * i + 32 + 456, 1024, 4);
		fota_md5(&ctx, region, sizeof(region), md5 + 8);
	}
	is_vector(&b, "uf2", "md5.uf2");
	accepted(&b, NULL, "", "0x10000000+1024", NULL, "MD5 sums of regions are compared");
	b.data[3 * 512 + 40]++;
	refused(&b, "uf2", "", FOTA_CHECKSUM, "block 0: MD5 of 1024 bytes at 0x10000000 differs");
	set_le(&b, 16, 460, 4);
	refused(&b, "uf2", "", FOTA_RANGE, "block 0: payload size 460 is over 452");
	drop(&b);
}

static void
put_file(built *b, const char *name, uint32_t size, uint32_t number, uint32_t total)
{
	put_block(b, 0x1000, 0, number, total, size, (int) number + 1);
	set_le(b, b->size - 512 + 16, size, 4);
	memcpy(b->data + b->size - 512 + 32 + size, name, strlen(name) + 1);
}

static void
test_container(void)
{
	built		b = {0};
	fota_buf	out;
	outcome		o;

	put_file(&b, "/boot/app.bin", 100, 0, 2);
	put_file(&b, "cfg.txt", 10, 1, 2);
	decode(&o, b.data, b.size, NULL, "");
	ok(o.status == FOTA_OK && o.image.member_count == 2, "files in a container are members");
	is_str(o.image.members[0].name, "boot/app.bin", "their names are those of the blocks");
	ok(fota_image_take(&o.ctx, (fota_bytes) {b.data, b.size}, &o.image, 1, NULL, &out) == FOTA_OK && out.size == 10 &&
	   out.data[9] == 2, "a file is taken out of its blocks");
	fota_buf_free(&o.ctx, &out);
	end_outcome(&o);
	is_vector(&b, "uf2", "container.uf2");
	survives(&b, "uf2");
	set_le(&b, 28, 0xffffffff, 4);
	refused(&b, "uf2", "", FOTA_LIMIT, "file \"boot/app.bin\" claims 4294967295 bytes; 100 present");
	set_le(&b, 28, 99, 4);
	refused(&b, "uf2", "", FOTA_RANGE, "block 0: offset 0 + 100 runs past the 99 bytes of file \"boot/app.bin\"");
	set_le(&b, 28, 100, 4);
	memcpy(b.data + 32 + 100, "../../x", 8);
	refused(&b, "uf2", "", FOTA_UNSAFE_NAME, "block 0: file name \"../../x\" leaves the container");
	drop(&b);
}

/* Writes and reads again: the same contents. */
static void
round_trip(const char *hex, uint32_t family, unsigned record_size, const char *name)
{
	fota_encode_options options = {.family = family, .record_size = record_size};
	outcome		o;
	outcome		again;
	fota_buf	out;

	decode(&o, hex, strlen(hex), "ihex", "");
	fota_buf_init(&out, 1 << 20);
	ok(fota_image_encode(&o.ctx, &o.image, "uf2", &options, &out) == FOTA_OK && out.size % 512 == 0, "%s is written", name);
	decode(&again, out.data, out.size, "uf2", "");
	is_str(again.id, o.id, "and read the same");
	end_outcome(&again);
	fota_buf_free(&o.ctx, &out);
	end_outcome(&o);
}

static void
test_write(void)
{
	static const char two[] = ":020000041000EA\n:10000000000102030405060708090A0B0C0D0E0F78\n"
		":10010400000102030405060708090A0B0C0D0E0F73\n:00000001FF\n";

	round_trip(two, RP2040, 0, "an image of two segments");
	round_trip(two, 0, 8, "an image in blocks of 8 bytes");
}

static void
test_corpus_files(void)
{
	good_file("uf2", "rp2040.uf2", "uf2", NULL, NULL, NOTES("family", "RP2040", "hw", "0xE48BFF56"));
	good_file("uf2", "samd21.uf2", "uf2", "0x2000+8192", NULL, NOTES("family", "SAMD21"));
	good_file("uf2", "two_families_concat.uf2", "uf2", NULL, NULL, NULL);
	good_file("uf2", "file_container.uf2", "uf2", "0x0+16896", NULL, NOTES("container", "true"));
	good_file("uf2", "shuffled_dup_same.uf2", "uf2", "0x10000000+8192", "repeated", NULL);
	good_file("uf2", "from_hex.uf2", "uf2", NULL, NULL, NULL);
	good_file("uf2", "extension_tags.uf2", "uf2", NULL, NULL,
			  NOTES("version", "0.1.2", "product", "ACME Toaster mk3", "page_size", "4096"));
	bad_corpus("uf2");
}

int
main(int argc, char **argv)
{
	(void) argc;
	find_top(argv[0]);
	test_blocks();
	test_order();
	test_families();
	test_tags();
	test_md5();
	test_container();
	test_write();
	test_corpus_files();
	return done();
}
