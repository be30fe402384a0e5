/* SPDX-License-Identifier: PostgreSQL */
/* test_trx.c: TRX, and what OpenWrt appends to its images. */
#include "binary_case.h"

static void
seal(built *b, size_t from)
{
	set_le(b, from + 8, ~fota_crc32(0, b->data + from + 12, fota_get_u32le(b->data + from + 4) - 12), 4);
}

static built
make(size_t prefix)
{
	built		b = {0};

	if (prefix > 0)
		put(&b, "W54G", 4);
	put(&b, NULL, prefix - b.size);
	put(&b, "HDR0", 4);
	put_le(&b, 28 + 200, 4);
	put_le(&b, 0, 4);
	put_le(&b, 0, 2);
	put_le(&b, 1, 2);
	put_le(&b, 28, 4);
	put_le(&b, 128, 4);
	put_le(&b, 0, 4);
	put_count(&b, 200);
	seal(&b, prefix);
	return b;
}

static void
changed(size_t at, uint64_t value, size_t size, fota_status status, const char *says)
{
	built		b = make(0);

	set_le(&b, at, value, size);
	refused(&b, "trx", "", status, says);
	drop(&b);
}

static void
test_trx(void)
{
	built		b = make(0);
	outcome		o;

	is_vector(&b, "trx", "two-partitions.trx");
	decode(&o, b.data, b.size, NULL, "");
	ok(o.status == FOTA_OK && o.image.member_count == 2 && o.image.members[0].offset == 28 && o.image.members[0].size == 100 &&
	   o.image.members[1].size == 100, "partitions are members");
	end_outcome(&o);
	survives(&b, "trx");
	put(&b, "x", 1);
	accepted(&b, NULL, "", "0x0+229", "trailing", "what follows is warned of");
	b.size = 100;
	refused(&b, "trx", "", FOTA_TRUNCATED, "length 228, but the file is cut at 100 bytes");
	b.size = 20;
	refused(&b, "trx", "", FOTA_TRUNCATED, "header cut at 20 of 28 bytes");
	drop(&b);
	b = make(32);
	accepted(&b, NULL, "", "0x0+260", NULL, "a vendor's prefix is passed over");
	drop(&b);
	changed(3, '1', 1, FOTA_SYNTAX, "magic \"HDR0\" not found");
	changed(14, 9, 2, FOTA_UNSUPPORTED, "TRX version 9");
	changed(4, 4, 4, FOTA_SYNTAX, "length 4 is below the header");
	changed(16, 0xfffffff0, 4, FOTA_TRUNCATED, "partition 0 offset outside");
	changed(20, 20, 4, FOTA_TRUNCATED, "partition 1 offset outside");
	changed(20, 28, 4, FOTA_SYNTAX, "partition offsets not ascending");
	changed(20, 30, 4, FOTA_SYNTAX, "partition offsets not ascending in multiples of 4: partition 1 at 0x1E after 0x1C");
	changed(100, 0, 1, FOTA_CHECKSUM, "CRC 0x");
}

/* --- OpenWrt ------------------------------------------------------------------------------ */

static void
append(built *b, unsigned type, const char *data)
{
	size_t		before = b->size;

	if (type == 1)
		put(b, NULL, 8);
	put(b, data, strlen(data));
	put(b, "FWx0", 4);
	put_be(b, ~fota_crc32(0, b->data, b->size - 4), 4);
	put_be(b, type, 1);
	put(b, NULL, 3);
	put_be(b, b->size + 4 - before, 4);
}

static const char information[] = "{\"metadata_version\":\"1.1\",\"compat_version\":\"1.0\",\"supported_devices\":[\"acme,lamp\","
"\"acme,lamp-2\"],\"version\":{\"dist\":\"OpenWrt\",\"version\":\"23.05.3\",\"revision\":\"r1\",\"target\":\"ath79/generic\",\"board\":\"lamp\"}}";

static void
test_openwrt(void)
{
	built		b = {0};
	outcome		o;
	fota_proofs *proofs = calloc(1, sizeof(*proofs));

	put_count(&b, 300);
	append(&b, 1, information);
	is_vector(&b, "openwrt", "information.bin");
	decode(&o, b.data, b.size, NULL, "");
	is_str(o.image.format, "openwrt", "OpenWrt's trailer is recognised");
	is_str(find_note(&o.image, "version"), "23.05.3", "version");
	is_str(find_note(&o.image, "hw"), "acme,lamp", "supported devices");
	is_str(find_note(&o.image, "target"), "ath79/generic", "target");
	is_str(find_note(&o.image, "compat_version"), "1.0", "compatibility");
	is_str(find_note(&o.image, "image_size"), "300", "size without trailers");
	end_outcome(&o);
	survives(&b, "openwrt");
	append(&b, 0, "untrusted comment: x");
	decode(&o, b.data, b.size, NULL, "");
	is_str(find_note(&o.image, "signed"), "true", "a signature behind it is seen");
	is_str(find_note(&o.image, "image_size"), "300", "and taken off, too");
	fota_image_verify(&o.ctx, (fota_bytes) {b.data, b.size}, &o.image, NULL, 0, proofs);
	ok(proofs->count == 1 && proofs->list[0].result == FOTA_PROOF_UNVERIFIABLE, "and said not to be checked");
	end_outcome(&o);
	set_be(&b, b.size - 4, 5, 4);
	refused(&b, "openwrt", "", FOTA_SYNTAX, "trailer size 5 is below 16");
	set_be(&b, b.size - 4, 5000, 4);
	refused(&b, "openwrt", "", FOTA_TRUNCATED, "trailer size 5000, but the file has");
	b.data[0]++;
	refused(&b, "openwrt", "", FOTA_CHECKSUM, "trailer CRC 0x");
	b.size--;
	refused(&b, "openwrt", "", FOTA_SYNTAX, "trailer \"FWx0\" not found");
	drop(&b);
	put_count(&b, 30);
	append(&b, 1, "{\"version\":x}");
	refused(&b, "openwrt", "", FOTA_SYNTAX, "openwrt: information: ");
	drop(&b);
	free(proofs);
}

int
main(int argc, char **argv)
{
	(void) argc;
	find_top(argv[0]);
	test_trx();
	test_openwrt();
	good_file("trx", "v2.trx", "trx", NULL, NULL, NOTES("header_version", "2"));
	good_file("openwrt", "sysupgrade_meta.bin", "openwrt", NULL, NULL, NOTES("version", "23.05.3", "hw", "acme,router-v2"));
	bad_corpus("trx");
	return done();
}
