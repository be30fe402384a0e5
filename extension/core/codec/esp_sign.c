/* SPDX-License-Identifier: PostgreSQL */
/*
 * esp_sign.c: signatures of secure boot; see esp.h.
 *
 * Version 2: a sector behind the image holds up to three blocks of 1216 bytes and filling.
 *
 *	RSA (E7 02)		4 SHA-256 of all before the sector	36 modulus[384]	420 exponent	424, 808 two numbers for the hardware
 *					812 RSA-PSS signature[384]	1196 CRC-32 of all before it	1200 filling[16]; numbers are little-endian
 *	ECDSA (E7 03)	2 digest (0 SHA-256, 1 SHA-384)	4 digest	then 1 curve, point (x, y), r and s; then as above
 *
 * Version 1: four zeroes and the 64 bytes of r and s (big-endian, P-256) at the end of the file.
 */
#include "esp.h"

#include "../sign.h"

#include <string.h>

#define RSA_SIZE 384
#define RSA_MODULUS 36
#define RSA_SIGNATURE 812
#define RSA_KEY_END 812
#define CRC_AT 1196
#define V1_SIZE 68

typedef struct block
{
	const uint8_t *p;
	bool		is_rsa;
	fota_hash_kind kind;
	size_t		key;			/* where what names the key begins */
	size_t		key_size;
	size_t		half;			/* bytes of r and of s */
	size_t		signature;
} block;

bool
fota_esp_is_signed(fota_bytes file, uint64_t offset)
{
	return fota_binary_has(file, offset, ESP_SECTOR) && file.data[offset] == 0xe7 &&
		(file.data[offset + 1] == 2 || file.data[offset + 1] == 3);
}

/* Where the parts of a block are; false when its curve is not known. */
static bool
read_block(const uint8_t *p, block *b)
{
	static const size_t halves[] = {0, 24, 32, 48};
	size_t		digest;
	unsigned	curve;

	*b = (block) {.p = p, .is_rsa = p[1] == 2, .kind = FOTA_HASH_SHA256};
	if (b->is_rsa)
	{
		b->key = RSA_MODULUS;
		b->key_size = RSA_KEY_END - RSA_MODULUS;
		b->signature = RSA_SIGNATURE;
		return true;
	}
	if (p[2] == 1)
		b->kind = FOTA_HASH_SHA384;
	digest = fota_hash_size(b->kind);
	curve = p[4 + digest];
	if (p[1] != 3 || p[2] > 1 || curve < 1 || curve > 3)
		return false;
	b->half = halves[curve];
	b->key = 4 + digest;
	b->key_size = 1 + (curve == 3 ? 96u : 64u);
	b->signature = b->key + b->key_size;
	return true;
}

/* Number of blocks in a sector: up to the first that does not begin as one. */
static unsigned
count_blocks(const uint8_t *sector)
{
	unsigned	count = 0;

	while (count < ESP_BLOCKS && sector[count * ESP_BLOCK] == 0xe7)
		count++;
	return count;
}

static fota_status
check_block(fota_ctx *ctx, fota_bytes file, uint64_t offset, unsigned number, fota_image *image)
{
	uint64_t	at = offset + (uint64_t) number * ESP_BLOCK;
	const uint8_t *p = file.data + at;
	uint32_t	crc = fota_crc32(0, p, CRC_AT);
	uint8_t		digest[FOTA_DIGEST_MAX];
	uint8_t		key_id[FOTA_SHA256_SIZE];
	block		b;
	fota_status status;

	if (fota_get_u32le(p + CRC_AT) != crc)
		return fota_fail(ctx, FOTA_CHECKSUM, at + CRC_AT, 0, "esp: signature block %u: CRC 0x%08X, computed 0x%08X", number,
						 fota_get_u32le(p + CRC_AT), crc);
	if (!read_block(p, &b))
		return fota_fail(ctx, FOTA_UNSUPPORTED, at, 0, "esp: signature block %u: version %u is not known, or its curve is not",
						 number, p[1]);
	if (!fota_binary_filled((fota_bytes) {p + CRC_AT + 4, ESP_BLOCK - CRC_AT - 4}, 0))
		return fota_fail(ctx, FOTA_SYNTAX, at + CRC_AT + 4, 0, "esp: signature block %u does not end with 16 zeroes", number);
	status = fota_digest(ctx, b.kind, file.data, (size_t) offset, digest);
	if (status == FOTA_OK && memcmp(digest, p + 4, fota_hash_size(b.kind)) != 0)
		return fota_fail(ctx, FOTA_CHECKSUM, at + 4, 0, "esp: signature block %u: the image's digest differs", number);
	if (status == FOTA_OK && number == 0)
	{
		status = fota_sha256(ctx, p + b.key, b.key_size, key_id);
		if (status == FOTA_OK)
			fota_image_note_hex(image, "key_id", key_id, sizeof(key_id));
	}
	return status;
}

fota_status
fota_esp_blocks(fota_ctx *ctx, fota_bytes file, uint64_t offset, fota_image *image)
{
	unsigned	count = count_blocks(file.data + offset);
	uint64_t	used = (uint64_t) count * ESP_BLOCK;
	uint64_t	end = offset + ESP_SECTOR;
	fota_status status = FOTA_OK;

	for (unsigned i = 0; i < count && status == FOTA_OK; i++)
		status = check_block(ctx, file, offset, i, image);
	if (status != FOTA_OK)
		return status;
	if (!fota_binary_filled(fota_binary_part(file, offset + used, ESP_SECTOR - used), 0xff))
		return fota_fail(ctx, FOTA_SYNTAX, offset + used, 0, "esp: what follows the %u signature blocks in their sector is no filling",
						 count);
	fota_image_note_flag(image, "signed", true);
	if (file.size > end && !fota_binary_filled(fota_binary_part(file, end, file.size - end), 0xff))
		fota_image_warn(image, "trailing", 0, end, "%llu bytes after the signature blocks",
						(unsigned long long) (file.size - end));
	return FOTA_OK;
}

/* --- verification ------------------------------------------------------------------------- */

static void
reverse(const uint8_t *from, size_t size, uint8_t *to)
{
	for (size_t i = 0; i < size; i++)
		to[i] = from[size - 1 - i];
}

static fota_status
prove_block(fota_ctx *ctx, const uint8_t *p, const fota_key *keys, size_t key_count, fota_proofs *proofs)
{
	uint8_t		value[RSA_SIZE];
	block		b;
	fota_signature signature = {.is_digest = true};

	if (!read_block(p, &b))
	{
		fota_proof_add(proofs, "image", "", FOTA_PROOF_UNVERIFIABLE);
		return FOTA_OK;
	}
	signature.hash = b.kind;
	signature.content = (fota_bytes) {p + 4, fota_hash_size(b.kind)};
	if (b.is_rsa)
	{
		signature.scheme = FOTA_SIGN_RSA_PSS;
		reverse(p + b.signature, RSA_SIZE, value);
		signature.value = (fota_bytes) {value, RSA_SIZE};
	}
	else
	{
		signature.scheme = FOTA_SIGN_ECDSA_RAW;
		reverse(p + b.signature, b.half, value);
		reverse(p + b.signature + b.half, b.half, value + b.half);
		signature.value = (fota_bytes) {value, 2 * b.half};
	}
	return fota_sign_try(ctx, keys, key_count, &signature, "image", proofs);
}

static fota_status
prove_v1(fota_ctx *ctx, fota_bytes file, const fota_key *keys, size_t key_count, fota_proofs *proofs)
{
	fota_signature signature = {.scheme = FOTA_SIGN_ECDSA_RAW, .hash = FOTA_HASH_SHA256};

	signature.content = (fota_bytes) {file.data, file.size - V1_SIZE};
	signature.value = (fota_bytes) {file.data + file.size - V1_SIZE + 4, V1_SIZE - 4};
	return fota_sign_try(ctx, keys, key_count, &signature, "image", proofs);
}

fota_status
fota_esp_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys, size_t key_count,
				fota_proofs *proofs)
{
	fota_image *ignored;
	uint64_t	end;
	uint64_t	sector;
	fota_status status;

	(void) image;
	if (fota_esp_is_table(file) || fota_esp_is_flash(file))
		return FOTA_OK;
	ignored = fota_alloc(ctx, sizeof(*ignored));
	if (ignored == NULL)
		return ctx->error.code;
	*ignored = (fota_image) {.ctx = ctx, .codec = &fota_codec_esp};
	status = fota_esp_image(ctx, file, NULL, ignored, &end);
	sector = status == FOTA_OK ? (end + ESP_SECTOR - 1) / ESP_SECTOR * ESP_SECTOR : 0;
	if (status == FOTA_OK && fota_esp_is_signed(file, sector))
	{
		status = fota_esp_blocks(ctx, file, sector, ignored);
		for (unsigned i = 0; status == FOTA_OK && i < count_blocks(file.data + sector); i++)
			status = prove_block(ctx, file.data + sector + (size_t) i * ESP_BLOCK, keys, key_count, proofs);
	}
	else if (status == FOTA_OK && file.size - end == V1_SIZE && fota_get_u32le(file.data + end) == 0)
		status = prove_v1(ctx, file, keys, key_count, proofs);
	else if (status == FOTA_OK)
		fota_proof_add(proofs, "image", "", FOTA_PROOF_UNSIGNED);
	fota_image_free(ctx, ignored);
	fota_free(ctx, ignored);
	return status;
}
