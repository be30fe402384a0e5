/* SPDX-License-Identifier: PostgreSQL */
/* uf2_block.c: one block of a UF2 file, its extension tags, and which block numbers there are; see uf2.h. */
#include "uf2.h"

#define TAG_VERSION 0x9fc7bc
#define TAG_DEVICE 0x650d9d
#define TAG_PAGE_SIZE 0x0be9f7
#define TAG_DIGEST 0xb46db0
#define TAG_DEVICE_TYPE 0xc8a729

/* --- tags --------------------------------------------------------------------------------- */

/* Finds out where the tags end, and whether each is in the block. */
static fota_status
check_tags(fota_ctx *ctx, uf2_block *b)
{
	unsigned long long index = b->index;
	size_t		end = UF2_DATA - ((b->flags & UF2_FLAG_MD5) ? UF2_MD5 : 0);
	size_t		at = (b->size + 3u) & ~(size_t) 3;

	b->tags = b->p + UF2_HEAD + at;
	for (size_t begin = at;; at = (at + b->p[UF2_HEAD + at] + 3u) & ~(size_t) 3)
	{
		unsigned	size;

		b->tags_size = at - begin;
		if (at + 4 > end || (size = b->p[UF2_HEAD + at]) == 0)
			return FOTA_OK;
		if (size < 4)
			return fota_fail(ctx, FOTA_SYNTAX, b->index * UF2_BLOCK + UF2_HEAD + at, 0,
							 "uf2: block %llu: extension tag size %u is below 4", index, size);
		if (at + size > end)
			return fota_fail(ctx, FOTA_TRUNCATED, b->index * UF2_BLOCK + UF2_HEAD + at, 0,
							 "uf2: block %llu: extension tag of %u bytes runs past the block", index, size);
	}
}

void
fota_uf2_tags(const uf2_block *block, fota_image *image)
{
	for (size_t at = 0; block->tags != NULL && at < block->tags_size; at = (at + block->tags[at] + 3u) & ~(size_t) 3)
	{
		const uint8_t *value = block->tags + at + 4;
		size_t		size = block->tags[at] - 4u;
		uint32_t	type = fota_get_u32le(block->tags + at) >> 8;

		if (type == TAG_VERSION)
			fota_image_note(image, "version", (const char *) value, fota_binary_text(value, size));
		else if (type == TAG_DEVICE)
			fota_image_note(image, "product", (const char *) value, fota_binary_text(value, size));
		else if (type == TAG_PAGE_SIZE && size >= 4)
			fota_image_note_number(image, "page_size", fota_get_u32le(value));
		else if (type == TAG_DIGEST)
			fota_image_note_hex(image, "firmware_digest", value, size);
		else if (type == TAG_DEVICE_TYPE && (size == 4 || size == 8))
			fota_image_note_format(image, "device_type", size == 4 ? "0x%08llX" : "0x%016llX",
								   size == 4 ? (unsigned long long) fota_get_u32le(value) :
								   (unsigned long long) fota_get_u64le(value));
		else
			fota_image_warn(image, "tag", 0, block->index * UF2_BLOCK,
							"block %llu: extension tag 0x%06X is not known", (unsigned long long) block->index, type);
	}
}

/* --- blocks ------------------------------------------------------------------------------- */

static fota_status
check_magic(fota_ctx *ctx, const uf2_block *b)
{
	unsigned long long index = b->index;
	uint64_t	offset = b->index * UF2_BLOCK;

	if (fota_get_u32le(b->p) != UF2_MAGIC_0 || fota_get_u32le(b->p + 4) != UF2_MAGIC_1)
		return fota_fail(ctx, FOTA_SYNTAX, offset, 0,
						 "uf2: block %llu: magic is 0x%08X 0x%08X, expected 0x0A324655 0x9E5D5157", index,
						 fota_get_u32le(b->p), fota_get_u32le(b->p + 4));
	if (fota_get_u32le(b->p + UF2_BLOCK - 4) != UF2_MAGIC_END)
		return fota_fail(ctx, FOTA_SYNTAX, offset + UF2_BLOCK - 4, 0,
						 "uf2: block %llu: final magic is 0x%08X, expected 0x0AB16F30", index,
						 fota_get_u32le(b->p + UF2_BLOCK - 4));
	return FOTA_OK;
}

static fota_status
check_numbers(fota_ctx *ctx, const uf2_block *b, fota_image *image)
{
	unsigned long long index = b->index;
	uint64_t	offset = b->index * UF2_BLOCK;
	unsigned	most = UF2_DATA - ((b->flags & UF2_FLAG_MD5) ? UF2_MD5 : 0);

	if (b->size > most)
		return fota_fail(ctx, FOTA_RANGE, offset + 16, 0, "uf2: block %llu: payload size %u is over %u", index, b->size,
						 most);
	if (b->total == 0 || b->number >= b->total)
		return fota_fail(ctx, FOTA_RANGE, offset + 20, 0, "uf2: block %llu: block number %u of %u is out of range", index,
						 b->number, b->total);
	if (!(b->flags & UF2_FLAG_CONTAINER) && b->address + (uint64_t) b->size > (uint64_t) 1 << 32)
		return fota_fail(ctx, FOTA_RANGE, offset + 12, 0, "uf2: block %llu: 0x%08X + %u runs past 4 GiB", index,
						 b->address, b->size);
	if (image != NULL && !(b->flags & UF2_FLAG_CONTAINER) && b->address % 4 != 0)
		fota_image_warn(image, "unaligned", 0, offset + 12, "block %llu: target address 0x%08X is not a multiple of 4",
						index, b->address);
	if (image != NULL && b->size == 0)
		fota_image_warn(image, "empty_block", 0, offset + 16, "block %llu holds no data", index);
	return FOTA_OK;
}

fota_status
fota_uf2_block(fota_ctx *ctx, fota_bytes file, uint64_t index, fota_image *image, uf2_block *block)
{
	const uint8_t *p = file.data + index * UF2_BLOCK;
	fota_status status;

	*block = (uf2_block) {.index = index, .p = p};
	block->flags = fota_get_u32le(p + 8);
	block->address = fota_get_u32le(p + 12);
	block->size = fota_get_u32le(p + 16);
	block->number = fota_get_u32le(p + 20);
	block->total = fota_get_u32le(p + 24);
	block->family = fota_get_u32le(p + 28);
	status = check_magic(ctx, block);
	if (status == FOTA_OK)
		status = check_numbers(ctx, block, image);
	if (status == FOTA_OK && (block->flags & UF2_FLAG_TAGS))
		status = check_tags(ctx, block);
	return status != FOTA_OK ? status : fota_poll(ctx, UF2_BLOCK);
}

/* --- numbers ------------------------------------------------------------------------------ */

/* Numbers above those of the file's blocks need no bit: then one below is missing. */
static uint64_t
tracked(const uf2_group *group, uint64_t blocks)
{
	return group->total < blocks + 1 ? group->total : blocks + 1;
}

fota_status
fota_uf2_group_open(fota_ctx *ctx, uf2_group *group, uint64_t blocks)
{
	group->seen = fota_alloc(ctx, (size_t) (tracked(group, blocks) / 8 + 1));
	return group->seen == NULL ? ctx->error.code : FOTA_OK;
}

fota_status
fota_uf2_group_add(fota_ctx *ctx, uf2_group *group, const uf2_block *block, uint64_t blocks, bool *again)
{
	uint8_t		bit = (uint8_t) (1 << (block->number & 7));

	*again = false;
	if (block->total != group->total)
		return fota_fail(ctx, FOTA_SYNTAX, block->index * UF2_BLOCK + 24, 0, "uf2: block %llu: total %u differs from %u",
						 (unsigned long long) block->index, block->total, group->total);
	group->blocks++;
	if (block->number >= tracked(group, blocks))
		return FOTA_OK;
	*again = (group->seen[block->number >> 3] & bit) != 0;
	group->seen[block->number >> 3] |= bit;
	return FOTA_OK;
}

fota_status
fota_uf2_group_check(fota_ctx *ctx, const uf2_group *group, uint64_t blocks)
{
	uint64_t	most = tracked(group, blocks);

	for (uint64_t number = 0; number < most; number++)
	{
		if (group->seen[number >> 3] >> (number & 7) & 1)
			continue;
		if (!group->has_family)
			return fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "uf2: block number %llu of %u is missing",
							 (unsigned long long) number, group->total);
		return fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0,
						 "uf2: block number %llu of %u is missing in family 0x%08X", (unsigned long long) number,
						 group->total, group->family);
	}
	return FOTA_OK;
}
