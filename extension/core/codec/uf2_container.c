/* SPDX-License-Identifier: PostgreSQL */
/*
 * uf2_container.c: UF2 files that hold files. A block's address is an offset in its file, the family its size, and
 * behind the payload stands the file's name. See uf2.h.
 */
#include "uf2.h"

#include <string.h>

#define LOOK_MOST ((uint64_t) 1 << 26)

typedef struct container
{
	fota_ctx   *ctx;
	fota_bytes	file;
	const fota_image_options *options;
	fota_image *image;
	uint64_t	blocks;
	uf2_group	group;
	fota_member *last;			/* of the block before */
	uint64_t	looked;			/* at names of members, in all */
} container;

/* The name behind the payload, without the slash that it may begin with; false when it does not end. */
static bool
block_name(const uf2_block *b, const uint8_t **name, size_t *size)
{
	*name = b->p + UF2_HEAD + b->size;
	*size = fota_binary_text(*name, UF2_DATA - b->size);
	if (*size == UF2_DATA - b->size)
		return false;
	if (*size > 1 && **name == '/')
	{
		++*name;
		--*size;
	}
	return true;
}

static fota_status
new_member(container *c, const uf2_block *b, const uint8_t *name, size_t size, fota_member **member)
{
	fota_ctx   *ctx = c->ctx;

	*member = fota_image_member(ctx, c->image, c->options, "uf2", b->index * UF2_BLOCK, name, size);
	if (*member == NULL && ctx->error.code == FOTA_UNSAFE_NAME)
		return fota_fail(ctx, FOTA_UNSAFE_NAME, b->index * UF2_BLOCK + UF2_HEAD + b->size, 0,
						 "uf2: block %llu: file name \"%.*s\" leaves the container, or is no plain name",
						 (unsigned long long) b->index, size > 80 ? 80 : (int) size, (const char *) name);
	if (*member == NULL)
		return ctx->error.code;
	(*member)->method = "blocks";
	(*member)->size = b->family;
	(*member)->offset = b->index * UF2_BLOCK;
	return FOTA_OK;
}

/* Blocks of a file mostly follow each other. */
static fota_member *
find_member(container *c, const uint8_t *name, size_t size)
{
	if (c->last != NULL && strlen(c->last->name) == size && memcmp(c->last->name, name, size) == 0)
		return c->last;
	c->looked += c->image->member_count;
	return (fota_member *) (uintptr_t) fota_image_member_find(c->image, (const char *) name, size);
}

/* packed collects the bytes that are there. */
static fota_status
take_block(container *c, const uf2_block *b, bool again)
{
	const uint8_t *name;
	size_t		size;
	fota_member *member;
	fota_status status = FOTA_OK;
	unsigned long long index = b->index;

	if (!(b->flags & UF2_FLAG_CONTAINER))
		return fota_fail(c->ctx, FOTA_SYNTAX, b->index * UF2_BLOCK + 8, 0,
						 "uf2: block %llu is for the flash, block 0 is of a file container", index);
	if (!block_name(b, &name, &size))
		return fota_fail(c->ctx, FOTA_SYNTAX, b->index * UF2_BLOCK + UF2_HEAD + b->size, 0,
						 "uf2: block %llu: the file name has no end in the block", index);
	member = find_member(c, name, size);
	if (c->looked > LOOK_MOST)
		return fota_fail(c->ctx, FOTA_LIMIT, b->index * UF2_BLOCK, 0, "uf2: block %llu: too many files in too many blocks", index);
	if (member == NULL)
		status = new_member(c, b, name, size, &member);
	if (status != FOTA_OK)
		return status;
	c->last = member;
	if (member->size != b->family)
		return fota_fail(c->ctx, FOTA_SYNTAX, b->index * UF2_BLOCK + 28, 0,
						 "uf2: block %llu: size %u of file \"%s\" differs from %llu", index, b->family, member->name,
						 (unsigned long long) member->size);
	if (b->address + (uint64_t) b->size > member->size)
		return fota_fail(c->ctx, FOTA_RANGE, b->index * UF2_BLOCK + 12, 0,
						 "uf2: block %llu: offset %u + %u runs past the %llu bytes of file \"%s\"", index, b->address,
						 b->size, (unsigned long long) member->size, member->name);
	if (again)
		fota_image_warn(c->image, "repeated", 0, b->index * UF2_BLOCK, "block %llu: block number %u is there twice",
						index, b->number);
	else
		member->packed += b->size;
	return FOTA_OK;
}

/* Every byte of every file must be there; that none is there twice is seen when the file is taken out. */
static fota_status
check_members(container *c)
{
	for (size_t i = 0; i < c->image->member_count; i++)
	{
		const fota_member *m = &c->image->members[i];

		if (m->packed < m->size)
			return fota_fail(c->ctx, FOTA_LIMIT, m->offset, 0, "uf2: file \"%s\" claims %llu bytes; %llu present",
							 m->name, (unsigned long long) m->size, (unsigned long long) m->packed);
		if (m->packed > m->size)
			return fota_fail(c->ctx, FOTA_OVERLAP, m->offset, 0,
							 "uf2: the blocks of file \"%s\" hold %llu bytes, its size is %llu", m->name,
							 (unsigned long long) m->packed, (unsigned long long) m->size);
	}
	return FOTA_OK;
}

static fota_status
read_blocks(container *c)
{
	fota_status status = FOTA_OK;

	for (uint64_t i = 0; i < c->blocks && status == FOTA_OK; i++)
	{
		uf2_block	b;
		bool		again = false;

		status = fota_uf2_block(c->ctx, c->file, i, c->image, &b);
		if (status == FOTA_OK && i == 0)
		{
			c->group.total = b.total;
			status = fota_uf2_group_open(c->ctx, &c->group, c->blocks);
		}
		if (status == FOTA_OK)
			status = fota_uf2_group_add(c->ctx, &c->group, &b, c->blocks, &again);
		if (status == FOTA_OK)
			status = take_block(c, &b, again);
	}
	if (status == FOTA_OK)
		status = fota_uf2_group_check(c->ctx, &c->group, c->blocks);
	return status == FOTA_OK ? check_members(c) : status;
}

fota_status
fota_uf2_container(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	container	c = {.ctx = ctx, .file = file, .options = options, .image = image, .blocks = file.size / UF2_BLOCK};
	fota_status status = read_blocks(&c);

	fota_free(ctx, c.group.seen);
	if (status != FOTA_OK)
		return status;
	fota_image_note_flag(image, "container", true);
	return fota_image_whole(ctx, file, options, image);
}

/* --- one file ----------------------------------------------------------------------------- */

/* Puts the blocks of a file into place; seen has a bit per byte. */
static fota_status
place_blocks(fota_ctx *ctx, fota_bytes file, const fota_member *member, uint8_t *seen, uint8_t *out)
{
	uint64_t	placed = 0;

	for (uint64_t i = 0; i < file.size / UF2_BLOCK; i++)
	{
		uf2_block	b;
		const uint8_t *name;
		size_t		size;
		fota_status status = fota_uf2_block(ctx, file, i, NULL, &b);

		if (status != FOTA_OK)
			return status;
		if (!block_name(&b, &name, &size) || strlen(member->name) != size || memcmp(member->name, name, size) != 0 ||
			b.address + (uint64_t) b.size > member->size)
			continue;
		for (uint32_t k = 0; k < b.size; k++)
		{
			uint64_t	at = b.address + (uint64_t) k;
			uint8_t		bit = (uint8_t) (1 << (at & 7));

			if ((seen[at >> 3] & bit) != 0 && out[at] != b.p[UF2_HEAD + k])
				return fota_fail(ctx, FOTA_OVERLAP, i * UF2_BLOCK, 0,
								 "uf2: block %llu: offset %llu of file \"%s\" is given twice with other data",
								 (unsigned long long) i, (unsigned long long) at, member->name);
			placed += (seen[at >> 3] & bit) == 0;
			seen[at >> 3] |= bit;
			out[at] = b.p[UF2_HEAD + k];
		}
	}
	if (placed == member->size)
		return FOTA_OK;
	return fota_fail(ctx, FOTA_TRUNCATED, member->offset, 0, "uf2: file \"%s\" claims %llu bytes; %llu present",
					 member->name, (unsigned long long) member->size, (unsigned long long) placed);
}

fota_status
fota_uf2_take(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_member *member,
			  const fota_image_options *options, fota_buf *out)
{
	uint8_t    *seen = fota_alloc(ctx, (size_t) (member->size / 8 + 1));
	fota_status status = seen == NULL ? ctx->error.code : fota_buf_reserve(ctx, out, (size_t) member->size);

	(void) image;
	(void) options;
	if (status == FOTA_OK)
		status = place_blocks(ctx, file, member, seen, out->data + out->size);
	if (status == FOTA_OK)
		out->size += (size_t) member->size;
	fota_free(ctx, seen);
	return status;
}
