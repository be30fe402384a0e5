/* SPDX-License-Identifier: PostgreSQL */
/* hash.c: digests by OpenSSL's EVP, CRC-32 by zlib, buckets; see hash.h. */
#define OPENSSL_SUPPRESS_DEPRECATED	/* digests whose state is memory of ours: see in_steps */

#include "hash.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <zlib.h>

#define STEP ((size_t) 1 << 20)	/* bytes between two polls */

static const EVP_MD *
method(fota_hash_kind kind)
{
	switch (kind)
	{
		case FOTA_HASH_SHA1:
			return EVP_sha1();
		case FOTA_HASH_MD5:
			return EVP_md5();
		case FOTA_HASH_SHA384:
			return EVP_sha384();
		case FOTA_HASH_SHA512:
			return EVP_sha512();
		case FOTA_HASH_SHA256:
			break;
	}
	return EVP_sha256();
}

size_t
fota_hash_size(fota_hash_kind kind)
{
	switch (kind)
	{
		case FOTA_HASH_SHA1:
			return FOTA_SHA1_SIZE;
		case FOTA_HASH_MD5:
			return FOTA_MD5_SIZE;
		case FOTA_HASH_SHA384:
			return FOTA_SHA384_SIZE;
		case FOTA_HASH_SHA512:
			return FOTA_SHA512_SIZE;
		case FOTA_HASH_SHA256:
			break;
	}
	return FOTA_SHA256_SIZE;
}

static fota_status
hash_failed(fota_ctx *ctx)
{
	return fota_fail(ctx, FOTA_INTERNAL, FOTA_NOWHERE, 0, "OpenSSL cannot make this digest");
}

fota_status
fota_hash_init(fota_ctx *ctx, fota_hash *hash, fota_hash_kind kind)
{
	hash->kind = kind;
	hash->state = EVP_MD_CTX_new();
	if (hash->state == NULL)
		return fota_fail(ctx, FOTA_NOMEM, FOTA_NOWHERE, 0, "out of memory for a digest");
	if (EVP_DigestInit_ex(hash->state, method(kind), NULL) != 1)
	{
		fota_hash_drop(hash);
		return hash_failed(ctx);
	}
	return FOTA_OK;
}

fota_status
fota_hash_update(fota_ctx *ctx, fota_hash *hash, const void *data, size_t size)
{
	if (size > 0 && EVP_DigestUpdate(hash->state, data, size) != 1)
		return hash_failed(ctx);
	return FOTA_OK;
}

fota_status
fota_hash_final(fota_ctx *ctx, fota_hash *hash, uint8_t *digest)
{
	int			done = EVP_DigestFinal_ex(hash->state, digest, NULL);

	fota_hash_drop(hash);
	return done == 1 ? FOTA_OK : hash_failed(ctx);
}

void
fota_hash_drop(fota_hash *hash)
{
	EVP_MD_CTX_free(hash->state);
	hash->state = NULL;
}

/*
 * Large data, with a poll in between. The caller's poll may longjmp, so that the state must not be OpenSSL's memory, as
 * that of EVP is.
 */
static fota_status
in_steps(fota_ctx *ctx, fota_hash_kind kind, const uint8_t *data, size_t size, uint8_t *digest)
{
	SHA256_CTX	small;
	SHA512_CTX	large;
	bool		is_small = kind == FOTA_HASH_SHA256;
	int			good = is_small ? SHA256_Init(&small) : kind == FOTA_HASH_SHA384 ? SHA384_Init(&large) : SHA512_Init(&large);

	while (good == 1 && size > 0)
	{
		size_t		step = size < STEP ? size : STEP;
		fota_status status;

		good = is_small ? SHA256_Update(&small, data, step) : SHA512_Update(&large, data, step);
		data += step;
		size -= step;
		status = fota_poll(ctx, step);
		if (status != FOTA_OK)
			return status;
	}
	if (good == 1)
		good = is_small ? SHA256_Final(digest, &small) : kind == FOTA_HASH_SHA384 ? SHA384_Final(digest, &large) :
			SHA512_Final(digest, &large);
	return good == 1 ? FOTA_OK : hash_failed(ctx);
}

fota_status
fota_digest(fota_ctx *ctx, fota_hash_kind kind, const void *data, size_t size, uint8_t *digest)
{
	if (size > STEP && kind != FOTA_HASH_SHA1 && kind != FOTA_HASH_MD5)
		return in_steps(ctx, kind, data, size, digest);
	if (EVP_Digest(data, size, digest, NULL, method(kind), NULL) != 1)
		return hash_failed(ctx);
	return FOTA_OK;
}

fota_status
fota_sha256(fota_ctx *ctx, const void *data, size_t size, uint8_t digest[FOTA_SHA256_SIZE])
{
	return fota_digest(ctx, FOTA_HASH_SHA256, data, size, digest);
}

fota_status
fota_sha1(fota_ctx *ctx, const void *data, size_t size, uint8_t digest[FOTA_SHA1_SIZE])
{
	return fota_digest(ctx, FOTA_HASH_SHA1, data, size, digest);
}

fota_status
fota_md5(fota_ctx *ctx, const void *data, size_t size, uint8_t digest[FOTA_MD5_SIZE])
{
	return fota_digest(ctx, FOTA_HASH_MD5, data, size, digest);
}

uint32_t
fota_crc32(uint32_t crc, const void *data, size_t size)
{
	return size > 0 ? (uint32_t) crc32_z(crc, data, size) : crc;
}

void
fota_hex(const uint8_t *data, size_t size, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++)
	{
		*out++ = digits[data[i] >> 4];
		*out++ = digits[data[i] & 15];
	}
	*out = '\0';
}

fota_status
fota_device_hash(fota_ctx *ctx, const char *seed, size_t seed_size, const char *name, size_t name_size,
				 uint32_t *hash)
{
	uint8_t		text[512];
	uint8_t		digest[FOTA_SHA256_SIZE];
	fota_hash	state;
	fota_status status;

	/* Short texts, which is all that the tables allow, go in one piece. */
	if (seed_size < 256 && name_size < 256)
	{
		memcpy(text, seed, seed_size);
		text[seed_size] = 0;
		memcpy(text + seed_size + 1, name, name_size);
		SHA256(text, seed_size + 1 + name_size, digest);
		*hash = fota_get_u32be(digest);
		return FOTA_OK;
	}
	status = fota_hash_init(ctx, &state, FOTA_HASH_SHA256);
	if (status != FOTA_OK)
		return status;
	if ((status = fota_hash_update(ctx, &state, seed, seed_size)) == FOTA_OK &&
		(status = fota_hash_update(ctx, &state, "", 1)) == FOTA_OK)
		status = fota_hash_update(ctx, &state, name, name_size);
	if (status != FOTA_OK)
	{
		fota_hash_drop(&state);
		return status;
	}
	status = fota_hash_final(ctx, &state, digest);
	*hash = fota_get_u32be(digest);
	return status;
}

fota_status
fota_bucket(fota_ctx *ctx, const char *seed, size_t seed_size, const char *name, size_t name_size,
			int *bucket)
{
	uint32_t	hash;
	fota_status status = fota_device_hash(ctx, seed, seed_size, name, name_size, &hash);

	if (status == FOTA_OK)
		*bucket = (int) (hash % 10000);
	return status;
}
