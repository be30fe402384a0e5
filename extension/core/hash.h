/* SPDX-License-Identifier: PostgreSQL */
/*
 * hash.h: digests (SHA-2, SHA-1, MD5 by OpenSSL), CRC-32, and the bucket of a
 * device in a rule's exposure. Called by the image and delta code, the glue, the
 * worker and the front-ends.
 *
 * A streaming digest is fota_hash_init, any number of fota_hash_update, and
 * fota_hash_final, which also releases it; fota_hash_drop releases one that is
 * given up. OpenSSL keeps its state in memory of its own: a caller whose poll
 * callback longjmps must not poll between init and final (no function here does). One-shot digests
 * of SHA-2 poll once per MiB.
 */
#ifndef FOTA_HASH_H
#define FOTA_HASH_H

#include "base.h"

#define FOTA_SHA256_SIZE 32
#define FOTA_SHA384_SIZE 48
#define FOTA_SHA512_SIZE 64
#define FOTA_SHA1_SIZE 20
#define FOTA_MD5_SIZE 16
#define FOTA_DIGEST_MAX 64		/* of all of them */

typedef enum fota_hash_kind
{
	FOTA_HASH_SHA256,
	FOTA_HASH_SHA1,
	FOTA_HASH_MD5,
	FOTA_HASH_SHA384,
	FOTA_HASH_SHA512
} fota_hash_kind;

typedef struct fota_hash
{
	void	   *state;
	fota_hash_kind kind;
} fota_hash;

fota_status fota_hash_init(fota_ctx *ctx, fota_hash *hash, fota_hash_kind kind);
fota_status fota_hash_update(fota_ctx *ctx, fota_hash *hash, const void *data, size_t size);
/* Writes fota_hash_size(kind) bytes. */
fota_status fota_hash_final(fota_ctx *ctx, fota_hash *hash, uint8_t *digest);
void		fota_hash_drop(fota_hash *hash);
size_t		fota_hash_size(fota_hash_kind kind);

/* One shot; digest has room for fota_hash_size(kind) bytes. */
fota_status fota_digest(fota_ctx *ctx, fota_hash_kind kind, const void *data, size_t size, uint8_t *digest);
fota_status fota_sha256(fota_ctx *ctx, const void *data, size_t size, uint8_t digest[FOTA_SHA256_SIZE]);
fota_status fota_sha1(fota_ctx *ctx, const void *data, size_t size, uint8_t digest[FOTA_SHA1_SIZE]);
fota_status fota_md5(fota_ctx *ctx, const void *data, size_t size, uint8_t digest[FOTA_MD5_SIZE]);

/* CRC-32 of IEEE 802.3 (zip, gzip, zlib). Start with 0, hand in the last result to go on. */
uint32_t	fota_crc32(uint32_t crc, const void *data, size_t size);

/* 2 * size lower-case digits and a NUL at out. */
void		fota_hex(const uint8_t *data, size_t size, char *out);

/*
 * Where a device stands in a rule's exposure: the first 4 bytes, big-endian, of
 * SHA-256(seed, 0x00, name); and its bucket, which is that modulo 10000. SQL: get_byte()
 * of sha256(convert_to(seed,'UTF8') || '\x00' || convert_to(name,'UTF8')).
 */
fota_status fota_device_hash(fota_ctx *ctx, const char *seed, size_t seed_size, const char *name,
							 size_t name_size, uint32_t *hash);
fota_status fota_bucket(fota_ctx *ctx, const char *seed, size_t seed_size, const char *name,
						size_t name_size, int *bucket);

#endif
