/* SPDX-License-Identifier: PostgreSQL */
/*
 * raucb_tree.c: the tree of hashes of dm-verity: every block of 4096 bytes has a SHA-256 (the salt goes before it) in
 * a block of the level below, up to one block, whose hash is the root. The top level comes first. See raucb.h.
 */
#include "raucb.h"

#include <string.h>

#define BLOCK 4096
#define PER_BLOCK (BLOCK / FOTA_SHA256_SIZE)
#define LEVELS 8

typedef struct tree
{
	fota_ctx   *ctx;
	uint8_t		salt[64];
	size_t		salt_size;
} tree;

static fota_status
check_block(const tree *t, const uint8_t *block, const uint8_t *want, uint64_t offset)
{
	uint8_t		digest[FOTA_SHA256_SIZE];
	fota_hash	hash;
	fota_status status = fota_hash_init(t->ctx, &hash, FOTA_HASH_SHA256);

	if (status != FOTA_OK)
		return status;
	if ((status = fota_hash_update(t->ctx, &hash, t->salt, t->salt_size)) != FOTA_OK ||
		(status = fota_hash_update(t->ctx, &hash, block, BLOCK)) != FOTA_OK)
	{
		fota_hash_drop(&hash);
		return status;
	}
	if ((status = fota_hash_final(t->ctx, &hash, digest)) != FOTA_OK)
		return status;
	if (memcmp(digest, want, sizeof(digest)) != 0)
		return fota_fail(t->ctx, FOTA_CHECKSUM, offset, 0,
						 RAUCB ": the block at offset 0x%llX does not match its hash in the verity tree",
						 (unsigned long long) offset);
	return fota_poll(t->ctx, BLOCK);
}

static bool
read_hex(const char *text, uint8_t *out, size_t room, size_t *size)
{
	*size = strlen(text) / 2;
	if (strlen(text) % 2 != 0 || *size > room)
		return false;
	for (size_t i = 0; i < 2 * *size; i++)
	{
		char		c = text[i];
		int			digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

		if (digit < 0)
			return false;
		out[i / 2] = (uint8_t) (i % 2 ? out[i / 2] | digit : digit << 4);
	}
	return true;
}

fota_status
fota_raucb_tree(fota_ctx *ctx, fota_bytes payload, uint64_t tree_size, const char *root, const char *salt)
{
	uint64_t	count[LEVELS + 1];	/* blocks of each level, the data first */
	size_t		levels = 0;
	uint64_t	blocks = 0;
	uint64_t	data;
	uint64_t	at;
	uint8_t		top[FOTA_SHA256_SIZE];
	tree		t = {.ctx = ctx};
	const uint8_t *above = top;
	fota_status status = FOTA_OK;

	if (!fota_package_hex(root, top) || !read_hex(salt, t.salt, sizeof(t.salt), &t.salt_size))
		return fota_fail(ctx, FOTA_SYNTAX, FOTA_NOWHERE, 0, RAUCB ": verity-hash or verity-salt is not made of hex digits");
	if (tree_size >= payload.size || tree_size % BLOCK != 0 || payload.size % BLOCK != 0)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0,
						 RAUCB ": verity-size %llu does not fit a payload of %zu bytes in blocks of %d",
						 (unsigned long long) tree_size, payload.size, BLOCK);
	data = payload.size - tree_size;
	for (count[0] = data / BLOCK; count[levels] > 1 && levels < LEVELS; levels++)
	{
		count[levels + 1] = (count[levels] + PER_BLOCK - 1) / PER_BLOCK;
		blocks += count[levels + 1];
	}
	if (blocks * BLOCK != tree_size)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, RAUCB ": verity-size is %llu, a tree over %llu bytes has %llu",
						 (unsigned long long) tree_size, (unsigned long long) data, (unsigned long long) blocks * BLOCK);
	at = data;
	for (size_t level = levels + 1; level-- > 0 && status == FOTA_OK;)
	{
		uint64_t	from = level == 0 ? 0 : at;

		for (uint64_t i = 0; i < count[level] && status == FOTA_OK; i++)
			status = check_block(&t, payload.data + from + i * BLOCK, above + i * FOTA_SHA256_SIZE, from + i * BLOCK);
		above = payload.data + from;
		at += count[level] * BLOCK;
	}
	return status;
}
