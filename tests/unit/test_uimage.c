/* SPDX-License-Identifier: PostgreSQL */
/* test_uimage.c: U-Boot's legacy images. */
#include "binary_case.h"

static void
seal(built *b, bool data)
{
	if (data)
		set_be(b, 24, fota_crc32(0, b->data + 64, fota_get_u32be(b->data + 12)), 4);
	set_be(b, 4, 0, 4);
	set_be(b, 4, fota_crc32(0, b->data, 64), 4);
}

static built
make(unsigned type, const void *data, size_t size)
{
	built		b = {0};

	put_be(&b, 0x27051956, 4);
	put_be(&b, 0, 4);
	put_be(&b, 1700000000, 4);
	put_be(&b, size, 4);
	put_be(&b, 0x80008000, 4);
	put_be(&b, 0x80008040, 4);
	put_be(&b, 0, 4);
	put_be(&b, 5, 1);
	put_be(&b, 2, 1);
	put_be(&b, type, 1);
	put_be(&b, 1, 1);
	put(&b, "lamp 1.0", 8);
	put(&b, NULL, 24);
	put(&b, data, size);
	seal(&b, true);
	return b;
}

static void
changed(size_t at, uint64_t value, size_t size, bool sealed, fota_status status, const char *says)
{
	built		b = make(2, "0123456789", 10);

	set_be(&b, at, value, size);
	if (sealed)
		seal(&b, false);
	if (status == FOTA_OK)
		accepted(&b, NULL, "", "0x0+74", says, says);
	else
		refused(&b, "uimage", "", status, says);
	drop(&b);
}

static void
test_multi(void)
{
	static const char parts[] = "\0\0\0\3\0\0\0\5\0\0\0\0abc\0defgh\0\0";
	static const char endless[] = "\0\0\0\3\0\0\0\5\0\0\0\1";
	built		b = make(4, parts, sizeof(parts) - 1);
	fota_buf	out;
	outcome		o;

	is_vector(&b, "uimage", "multi.uimg");
	decode(&o, b.data, b.size, NULL, "");
	ok(o.status == FOTA_OK && o.image.member_count == 2, "images of type multi have members");
	ok(fota_image_take(&o.ctx, (fota_bytes) {b.data, b.size}, &o.image, 1, NULL, &out) == FOTA_OK && out.size == 5 &&
	   memcmp(out.data, "defgh", 5) == 0, "that can be taken out");
	fota_buf_free(&o.ctx, &out);
	end_outcome(&o);
	survives(&b, "uimage");
	set_be(&b, 64, 4000, 4);
	seal(&b, true);
	refused(&b, "uimage", "", FOTA_TRUNCATED, "IH_TYPE_MULTI: size table has no terminator inside the data, or its sizes run past it, at entry 0");
	drop(&b);
	b = make(4, endless, sizeof(endless) - 1);
	refused(&b, "uimage", "", FOTA_TRUNCATED, "IH_TYPE_MULTI: size table has no terminator inside the data at entry 3");
	drop(&b);
}

int
main(int argc, char **argv)
{
	built		b = make(2, "0123456789", 10);
	outcome		o;

	(void) argc;
	find_top(argv[0]);
	is_vector(&b, "uimage", "kernel.uimg");
	accepted(&b, NULL, "", "0x0+74", NULL, "devices get the file as it is");
	decode(&o, b.data, b.size, NULL, "");
	is_str(find_note(&o.image, "name"), "lamp 1.0", "name");
	is_str(find_note(&o.image, "os"), "linux", "system");
	is_str(find_note(&o.image, "arch"), "arm", "architecture");
	is_str(find_note(&o.image, "type"), "kernel", "type");
	is_str(find_note(&o.image, "compression"), "gzip", "compression");
	is_str(find_note(&o.image, "load_address"), "2147516416", "load address");
	ok(o.image.has_entry && o.image.entry == 0x80008040, "entry");
	end_outcome(&o);
	survives(&b, "uimage");
	put(&b, "tail", 4);
	accepted(&b, NULL, "", "0x0+78", "trailing", "what follows is warned of");
	b.size = 70;
	refused(&b, "uimage", "", FOTA_TRUNCATED, "ih_size 10 past the file: data cut after 6 bytes");
	b.size = 60;
	refused(&b, "uimage", "", FOTA_TRUNCATED, "header cut at 60 of 64 bytes");
	drop(&b);
	changed(0, 1, 4, false, FOTA_SYNTAX, "magic is 0x00000001");
	changed(4, 1, 4, false, FOTA_CHECKSUM, "header CRC 0x00000001, computed 0x");
	changed(24, 1, 4, true, FOTA_CHECKSUM, "data CRC 0x00000001, computed 0x");
	changed(12, 0xffffffff, 4, true, FOTA_TRUNCATED, "ih_size 4294967295 past the file");
	changed(12, 0, 4, true, FOTA_TRUNCATED, "ih_size 0: no data");
	changed(28, 200, 1, true, FOTA_OK, "os");
	test_multi();
	good_file("uimage", "kernel_none.uimg", "uimage", NULL, NULL, NOTES("name", "Linux-6.1-test", "os", "linux"));
	good_file("uimage", "fw_riscv.uimg", "uimage", NULL, NULL, NOTES("os", "opensbi", "arch", "riscv"));
	good_file("uimage", "standalone.uimg", "uimage", NULL, NULL, NOTES("os", "u-boot", "arch", "mips", "type", "standalone"));
	good_file("uimage", "multi.uimg", "uimage", NULL, NULL, NOTES("type", "multi"));
	bad_corpus("uimage");
	return done();
}
