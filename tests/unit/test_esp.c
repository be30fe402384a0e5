/* SPDX-License-Identifier: PostgreSQL */
/* test_esp.c: images for Espressif's chips, partition tables, dumps, secure boot. */
#include "key_case.h"

/* The checksum and digest of what stands there; the segments begin at from. */
static void
finish(built *b, size_t from, bool digest)
{
	fota_ctx	ctx = tap_ctx(0);
	uint8_t		sum = 0xef;
	size_t		at = from;

	while (at < b->size)
	{
		size_t		size = fota_get_u32le(b->data + at + 4);

		for (size_t i = 0; i < size; i++)
			sum ^= b->data[at + 8 + i];
		at += 8 + size;
	}
	put(b, NULL, 15 - b->size % 16);
	put_le(b, sum, 1);
	if (digest)
	{
		uint8_t		sha[32];

		fota_sha256(&ctx, b->data, b->size, sha);
		put(b, sha, 32);
	}
}

/* Two segments for an ESP32-C3; the first begins with an application's descriptor. */
static built
application(void)
{
	built		b = {0};

	put(&b, "\xe9\2\2\x20", 4);
	put_le(&b, 0x40380000, 4);
	put(&b, "\xee\0\0\0\5\0\0\x03\0\xc7\0\0\0\0\0\1", 16);
	put_le(&b, 0x3c000020, 4);
	put_le(&b, 300, 4);
	put_le(&b, 0xabcd5432, 4);
	put_le(&b, 3, 4);
	put(&b, NULL, 8);
	put(&b, "1.4.2", 6);
	put(&b, NULL, 26);
	put(&b, "lamp\0", 5);
	put(&b, NULL, 27);
	put(&b, "12:34:56\0\0\0\0\0\0\0\0", 16);
	put(&b, "Jan  2 2026\0\0\0\0\0", 16);
	put(&b, "v5.2\0", 5);
	put(&b, NULL, 27);
	put_count(&b, 32);
	put(&b, NULL, 32 + 300 - b.size);
	put_le(&b, 0x40380000, 4);
	put_le(&b, 20, 4);
	put_count(&b, 20);
	finish(&b, 24, true);
	return b;
}

static void
test_application(void)
{
	built		b = application();
	outcome		o;

	is_vector(&b, "esp", "application.bin");
	accepted(&b, NULL, "", "0x3c000020+300 0x40380000+20", NULL, "segments are at their load addresses");
	decode(&o, b.data, b.size, NULL, "");
	is_str(find_note(&o.image, "version"), "1.4.2", "version");
	is_str(find_note(&o.image, "name"), "lamp", "project");
	is_str(find_note(&o.image, "sdk_version"), "v5.2", "ESP-IDF");
	is_str(find_note(&o.image, "security_counter"), "3", "secure version");
	is_str(find_note(&o.image, "hw"), "esp32c3", "chip");
	is_str(find_note(&o.image, "min_revision"), "0.3", "least revision");
	is_str(find_note(&o.image, "max_revision"), "1.99", "most revision");
	ok(o.image.digest_count == 2 && strcmp(o.image.digests[0].kind, "esp_app") == 0 && o.image.digests[0].data[31] == 31 &&
	   strcmp(o.image.digests[1].kind, "esp_image") == 0, "the digests that devices report");
	ok(o.image.codec->payload == FOTA_PAYLOAD_FILE && o.image.has_entry && o.image.entry == 0x40380000, "devices get the file");
	end_outcome(&o);
	survives(&b, "esp");
	drop(&b);
}

static void
changed(size_t at, uint64_t value, size_t size, fota_status status, const char *says)
{
	built		b = application();

	set_le(&b, at, value, size);
	refused(&b, "esp", "", status, says);
	drop(&b);
}

static void
test_refused(void)
{
	built		b = application();

	put(&b, "12345678", 8);
	accepted(&b, NULL, "", "0x3c000020+300 0x40380000+20", "trailing", "what follows the image is warned of");
	b.size -= 8 + 10;
	refused(&b, "esp", "", FOTA_TRUNCATED, "ends before its appended SHA-256");
	b.size = 200;
	refused(&b, "esp", "", FOTA_TRUNCATED, "segment 0 runs past the file");
	drop(&b);
	changed(0, 0xea, 1, FOTA_SYNTAX, "magic is 0xEA, expected 0xE9");
	changed(1, 0, 1, FOTA_TRUNCATED, "0 segments");
	changed(1, 17, 1, FOTA_RANGE, "17 segments, at most 16");
	changed(28, 2147483632, 4, FOTA_TRUNCATED, "segment 0: 2147483632 bytes run past the file");
	changed(28, 0xfffffff0, 4, FOTA_TRUNCATED, "segment 0: length overflows");
	changed(300, 1, 1, FOTA_CHECKSUM, "; and appended SHA-256 does not match");
	changed(8, 1, 1, FOTA_CHECKSUM, "appended SHA-256 does not match");
	changed(23, 2, 1, FOTA_SYNTAX, "whether a SHA-256 is appended is 2");
	b = application();
	b.data[23] = 0;
	set_le(&b, 332, 0x3c000030, 4);
	refused(&b, "esp", "", FOTA_OVERLAP, "segment 1: overlaps segment 0 at 0x3C000030");
	drop(&b);
}

static void
test_8266(void)
{
	built		b = {0};
	outcome		o;

	put(&b, "\xe9\1\0\0", 4);
	put_le(&b, 0x40100004, 4);
	put_le(&b, 0x40100000, 4);
	put_le(&b, 30, 4);
	put_count(&b, 30);
	finish(&b, 8, false);
	accepted(&b, "esp", "", "0x40100000+30", NULL, "images for ESP8266 have a short header");
	decode(&o, b.data, b.size, NULL, "");
	is_str(find_note(&o.image, "hw"), "esp8266", "and are named so");
	end_outcome(&o);
	drop(&b);
}

static void
put_partition(built *b, unsigned type, unsigned subtype, uint32_t offset, uint32_t size, const char *label)
{
	put(b, "\xaa\x50", 2);
	put_le(b, type, 1);
	put_le(b, subtype, 1);
	put_le(b, offset, 4);
	put_le(b, size, 4);
	put(b, label, strlen(label));
	put(b, NULL, 20 - strlen(label));
}

static built
partition_table(void)
{
	fota_ctx	ctx = tap_ctx(0);
	built		b = {0};
	uint8_t		md5[16];

	put_partition(&b, 1, 2, 0x9000, 0x1000, "nvs");
	put_partition(&b, 0, 0, 0x10000, 0x10000, "factory");
	fota_md5(&ctx, b.data, b.size, md5);
	put(&b, "\xeb\xeb", 2);
	put_fill(&b, 0xff, 14);
	put(&b, md5, 16);
	put_fill(&b, 0xff, 0xc00 - b.size);
	return b;
}

static void
test_flash(void)
{
	built		table = partition_table();
	built		app = application();
	built		b = {0};
	fota_buf	out;
	outcome		o;

	is_vector(&table, "esp", "partition-table.bin");
	decode(&o, table.data, table.size, NULL, "");
	is_str(find_note(&o.image, "content"), "partition table", "a partition table is known");
	is_str(find_note(&o.image, "partitions"), "nvs data/0x02 at 0x9000, 4096 bytes", "and read");
	end_outcome(&o);
	put(&b, app.data, app.size);
	put_fill(&b, 0xff, 0x8000 - b.size);
	put(&b, table.data, table.size);
	put_fill(&b, 0xff, 0x10000 - b.size);
	put(&b, app.data, app.size);
	decode(&o, b.data, b.size, NULL, "");
	is_str(find_note(&o.image, "content"), "flash dump", "a dump of a flash is known by its table");
	is_str(find_note(&o.image, "version"), "1.4.2", "its application says its version");
	ok(o.image.member_count == 4 && strcmp(o.image.members[0].name, "bootloader") == 0 &&
	   o.image.members[0].size == app.size && strcmp(o.image.members[3].name, "factory") == 0, "its parts are members");
	ok(fota_image_take(&o.ctx, (fota_bytes) {b.data, b.size}, &o.image, 3, NULL, &out) == FOTA_OK && out.size == app.size &&
	   memcmp(out.data, app.data, app.size) == 0, "that can be taken out");
	fota_buf_free(&o.ctx, &out);
	end_outcome(&o);
	b.data[0x10000 + 300]++;
	refused(&b, "esp", "", FOTA_CHECKSUM, "checksum 0x");
	table.data[20]++;
	refused(&table, "esp", "", FOTA_CHECKSUM, "MD5 of the partition table's 2 entries differs");
	drop(&b);
	drop(&app);
	drop(&table);
}

/* --- secure boot -------------------------------------------------------------------------- */

static void
reverse_into(built *b, const uint8_t *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put(b, p + size - 1 - i, 1);
}

static void
put_big(built *b, const signer *s, const char *name, size_t size)
{
	BIGNUM	   *number = NULL;
	uint8_t		bytes[384];

	EVP_PKEY_get_bn_param(s->pkey, name, &number);
	BN_bn2binpad(number, bytes, (int) size);
	reverse_into(b, bytes, size);
	BN_free(number);
}

/* Filling up to a sector, and one with a block. */
static void
sign_image(built *b, const signer *s, bool rsa)
{
	fota_ctx	ctx = tap_ctx(0);
	uint8_t		digest[32];
	uint8_t		value[512];
	uint8_t		raw[64];
	size_t		begin;

	put_fill(b, 0xff, 4096 - b->size % 4096);
	begin = b->size;
	fota_sha256(&ctx, b->data, b->size, digest);
	sign_with(s, EVP_sha256(), rsa, true, digest, 32, value);
	put(b, rsa ? "\xe7\2\0\0" : "\xe7\3\0\0", 4);
	put(b, digest, 32);
	if (rsa)
	{
		put_big(b, s, OSSL_PKEY_PARAM_RSA_N, 384);
		put_le(b, 65537, 4);
		put(b, NULL, 388);
		reverse_into(b, value, 384);
	}
	else
	{
		put_le(b, 2, 1);
		put_big(b, s, OSSL_PKEY_PARAM_EC_PUB_X, 32);
		put_big(b, s, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
		der_to_raw(value, 32, raw);
		reverse_into(b, raw, 32);
		reverse_into(b, raw + 32, 32);
		put(b, NULL, begin + 1196 - b->size);
	}
	put_le(b, fota_crc32(0, b->data + begin, 1196), 4);
	put(b, NULL, 16);
	put_fill(b, 0xff, begin + 4096 - b->size);
}

static void
signed_by(const signer *s, const signer *other, bool rsa, const char *algorithm)
{
	built		b = application();
	fota_key	keys[] = {other->key, s->key};
	outcome		o;

	sign_image(&b, s, rsa);
	is_verdict(&b, "esp", keys, 2, FOTA_PROOF_VALID, algorithm, algorithm);
	decode(&o, b.data, b.size, NULL, "");
	is_str(find_note(&o.image, "signed"), "true", "it is said to be signed");
	ok(find_note(&o.image, "key_id") && strlen(find_note(&o.image, "key_id")) == 64, "by a key with an id");
	end_outcome(&o);
	is_verdict(&b, "esp", keys, 1, FOTA_PROOF_UNTRUSTED, NULL, "a key of another type does not do");
	no_flip_verifies(&b, 0, b.size, "esp", keys, 2, "no changed bit verifies");
	b.data[4096 + 1196]++;
	refused(&b, "esp", "", FOTA_CHECKSUM, "signature block 0: CRC 0x");
	drop(&b);
}

static void
test_secure_boot(void)
{
	signer		rsa = new_rsa("rsa", 3072);
	signer		p256 = new_p256("p256");
	built		b = application();
	uint8_t		value[512];
	uint8_t		raw[64];

	signed_by(&rsa, &p256, true, "rsa-pss-3072-sha256");
	signed_by(&p256, &rsa, false, "ecdsa-p256-sha256");
	is_verdict(&b, "esp", &rsa.key, 1, FOTA_PROOF_UNSIGNED, NULL, "an image without blocks is unsigned");
	sign_with(&p256, EVP_sha256(), false, false, b.data, b.size, value);
	der_to_raw(value, 32, raw);
	put(&b, NULL, 4);
	put(&b, raw, 64);
	is_verdict(&b, "esp", &p256.key, 1, FOTA_PROOF_VALID, "ecdsa-p256-sha256", "secure boot of version 1 is verified");
	no_flip_verifies(&b, 0, b.size, "esp", &p256.key, 1, "no changed bit of it");
	drop(&b);
	drop_signer(&rsa);
	drop_signer(&p256);
}

static void
test_corpus_files(void)
{
	good_file("esp", "bootloader_esp32.bin", "esp", NULL, NULL, NOTES("hw", "esp32"));
	good_file("esp", "bootloader_esp32_v5_2.bin", "esp", NULL, NULL, NOTES("hw", "esp32", "sdk_version", "v5.2-dev-254-g1950b15"));
	good_file("esp", "bootloader_esp32c3.bin", "esp", NULL, NULL, NOTES("hw", "esp32c3"));
	good_file("esp", "bootloader_esp8266.bin", "esp", NULL, NULL, NOTES("hw", "esp8266"));
	good_file("esp", "partitions_singleapp.bin", "esp", NULL, NULL, NOTES("content", "partition table"));
	good_file("esp", "merged_flash.bin", "esp", NULL, NULL, NOTES("content", "flash dump"));
	good_file("esp", "esp_idf_blink_esp32s2.bin", "esp", NULL, NULL, NOTES("hw", "esp32s2"));
	bad_corpus("esp");
}

int
main(int argc, char **argv)
{
	(void) argc;
	find_top(argv[0]);
	tap_seed();
	test_application();
	test_refused();
	test_8266();
	test_flash();
	test_secure_boot();
	test_corpus_files();
	return done();
}
