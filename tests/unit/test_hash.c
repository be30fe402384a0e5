/* SPDX-License-Identifier: PostgreSQL */
/* test_hash.c: digests against the vectors of FIPS 180-4, RFC 1321 and zlib, and buckets. */
#include "tap.h"

#include "hash.h"

/* Digest of text repeated so often, as hex digits, in pieces of every size. */
static const char *
digest(fota_hash_kind kind, const char *text, int times)
{
	static char hex[2 * FOTA_DIGEST_MAX + 1];
	uint8_t		out[FOTA_DIGEST_MAX];
	fota_ctx	ctx = tap_ctx(0);
	fota_hash	hash;

	if (fota_hash_init(&ctx, &hash, kind) != FOTA_OK)
		return "init failed";
	for (int i = 0; i < times; i++)
		if (fota_hash_update(&ctx, &hash, text, strlen(text)) != FOTA_OK)
			return "update failed";
	if (fota_hash_final(&ctx, &hash, out) != FOTA_OK)
		return "final failed";
	fota_hex(out, fota_hash_size(kind), hex);
	return hex;
}

static void
test_vectors(void)
{
	static const char long_text[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

	is_str(digest(FOTA_HASH_SHA256, "", 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		   "SHA-256 of nothing");
	is_str(digest(FOTA_HASH_SHA256, "abc", 1), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		   "SHA-256 of abc");
	is_str(digest(FOTA_HASH_SHA256, long_text, 1), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
		   "SHA-256 of two blocks");
	is_str(digest(FOTA_HASH_SHA256, "aaaaaaaaaa", 100000),
		   "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", "SHA-256 of a million a, in pieces");
	is_str(digest(FOTA_HASH_SHA384, "abc", 1),
		   "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7", "SHA-384 of abc");
	is_str(digest(FOTA_HASH_SHA512, "abc", 1),
		   "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		   "SHA-512 of abc");
	is_str(digest(FOTA_HASH_SHA1, "abc", 1), "a9993e364706816aba3e25717850c26c9cd0d89d", "SHA-1 of abc");
	is_str(digest(FOTA_HASH_SHA1, long_text, 1), "84983e441c3bd26ebaae4aa1f95129e5e54670f1", "SHA-1 of two blocks");
	is_str(digest(FOTA_HASH_MD5, "", 0), "d41d8cd98f00b204e9800998ecf8427e", "MD5 of nothing");
	is_str(digest(FOTA_HASH_MD5, "message digest", 1), "f96b697d7cb7938d525a2f31aaf161d0", "MD5 of a message");
}

static void
test_one_shot(void)
{
	fota_ctx	ctx = tap_ctx(0);
	uint8_t		out[FOTA_SHA256_SIZE];
	char		hex[2 * FOTA_SHA256_SIZE + 1];

	ok(fota_sha256(&ctx, "abc", 3, out) == FOTA_OK, "SHA-256 in one call");
	fota_hex(out, 4, hex);
	is_str(hex, "ba7816bf", "is the same");
	fota_sha1(&ctx, "abc", 3, out);
	fota_hex(out, 4, hex);
	is_str(hex, "a9993e36", "SHA-1 in one call");
	fota_md5(&ctx, "abc", 3, out);
	fota_hex(out, 4, hex);
	is_str(hex, "90015098", "MD5 in one call");
}

static int
stop_soon(void *opaque)
{
	return ++*(int *) opaque > 1;
}

/* Large data is taken in steps, between which the caller is asked. */
static void
test_large(void)
{
	static const fota_hash_kind kinds[] = {FOTA_HASH_SHA256, FOTA_HASH_SHA384, FOTA_HASH_SHA512, FOTA_HASH_SHA1};
	size_t		size = (3 << 20) + 12345;
	uint8_t    *data = malloc(size);
	fota_ctx	ctx = tap_ctx(0);
	uint8_t		once[FOTA_DIGEST_MAX];
	uint8_t		pieces[FOTA_DIGEST_MAX];
	int			asked = 0;

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t) (i * 7 + (i >> 11));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
	{
		fota_hash	hash;

		fota_hash_init(&ctx, &hash, kinds[i]);
		fota_hash_update(&ctx, &hash, data, size / 2);
		fota_hash_update(&ctx, &hash, data + size / 2, size - size / 2);
		fota_hash_final(&ctx, &hash, pieces);
		ok(fota_digest(&ctx, kinds[i], data, size, once) == FOTA_OK, "a digest of 3 MiB in one call");
		is_mem(once, fota_hash_size(kinds[i]), pieces, fota_hash_size(kinds[i]), "is that of the pieces");
	}
	ctx.poll = stop_soon;
	ctx.opaque = &asked;
	ok(fota_digest(&ctx, FOTA_HASH_SHA256, data, size, once) == FOTA_CANCELED && asked == 2, "and asks whether to go on");
	free(data);
}

static void
test_drop(void)
{
	fota_ctx	ctx = tap_ctx(0);
	fota_hash	hash;

	ok(fota_hash_init(&ctx, &hash, FOTA_HASH_SHA256) == FOTA_OK && fota_hash_update(&ctx, &hash, "x", 1) == FOTA_OK,
	   "a digest is begun");
	fota_hash_drop(&hash);
	fota_hash_drop(&hash);
	ok(hash.state == NULL, "and given up, twice without harm");
}

static void
test_crc(void)
{
	uint32_t	crc = 0;

	is_int(fota_crc32(0, "123456789", 9), 0xcbf43926, "CRC-32 has its check value");
	is_int(fota_crc32(0, "", 0), 0, "CRC-32 of nothing");
	for (const char *p = "123456789"; *p; p++)
		crc = fota_crc32(crc, p, 1);
	is_int(crc, 0xcbf43926, "CRC-32 goes on where it stopped");
}

/* First 4 bytes of sha256("0123456789abcdef" || 00 || name) modulo 10000, by sha256sum and bc. */
static void
test_bucket(void)
{
	fota_ctx	ctx = tap_ctx(0);
	int			counts[10] = {0};
	int			bucket = -1;
	int			low = 1 << 30;
	int			high = 0;

	fota_bucket(&ctx, "0123456789abcdef", 16, "A0001", 5, &bucket);
	is_int(bucket, 0x6118d744 % 10000, "the bucket of A0001 is what sha256sum says");
	fota_bucket(&ctx, "", 0, "", 0, &bucket);
	is_int(bucket, 0x6e340b9c % 10000, "the bucket of nothing is that of one zero byte");
	for (int i = 0; i < 10000; i++)
	{
		char		name[16];

		snprintf(name, sizeof(name), "L%d", i);
		fota_bucket(&ctx, "seed", 4, name, strlen(name), &bucket);
		counts[bucket / 1000]++;
	}
	for (int i = 0; i < 10; i++)
	{
		low = counts[i] < low ? counts[i] : low;
		high = counts[i] > high ? counts[i] : high;
	}
	ok(low > 850 && high < 1150, "10000 names fall evenly: %d to %d per tenth", low, high);
}

int
main(void)
{
	test_vectors();
	test_one_shot();
	test_large();
	test_drop();
	test_crc();
	test_bucket();
	return done();
}
