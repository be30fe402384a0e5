/* SPDX-License-Identifier: PostgreSQL */
/*
 * uf2.c: reads UF2, the format of USB bootloaders; see uf2.h. Files of several families may stand one after the
 * other; all their data is taken, or by the option family=XXXXXXXX that of one. Blocks come in any order.
 */
#include "uf2.h"

#include <string.h>

#define FAMILIES 64				/* most in a file */
#define MD5_WORK 8				/* checked regions may be so many times the data, in all */

typedef struct uf2
{
	fota_ctx   *ctx;
	fota_bytes	file;
	const fota_image_options *options;
	fota_image *image;
	uint64_t	blocks;
	uf2_group	groups[FAMILIES];
	size_t		group_count;
	fota_binary_part_at *parts;
	size_t		part_count;
	uint64_t	skipped;		/* blocks that are not for the main flash */
	uint64_t	unaligned;		/* blocks whose address is no multiple of 4 */
	bool		has_tags;
} uf2;

/* --- families ----------------------------------------------------------------------------- */

static fota_status
new_group(uf2 *u, const uf2_block *b, uf2_group **group)
{
	*group = &u->groups[u->group_count];
	if (u->group_count == FAMILIES)
		return fota_fail(u->ctx, FOTA_LIMIT, b->index * UF2_BLOCK + 28, 0, "uf2: block %llu: more than %u families",
						 (unsigned long long) b->index, FAMILIES);
	**group = (uf2_group) {.has_family = (b->flags & UF2_FLAG_FAMILY) != 0, .family = b->family, .total = b->total};
	u->group_count++;
	return fota_uf2_group_open(u->ctx, *group, u->blocks);
}

/* The group of a block. A block without a family belongs to the one before it, and is warned of. */
static fota_status
find_group(uf2 *u, const uf2_block *b, uf2_group **group)
{
	bool		has_family = (b->flags & UF2_FLAG_FAMILY) != 0;
	uf2_group  *last = u->group_count > 0 ? &u->groups[u->group_count - 1] : NULL;

	for (size_t i = 0; has_family && i < u->group_count; i++)
	{
		*group = &u->groups[i];
		if ((*group)->has_family && (*group)->family == b->family)
			return FOTA_OK;
	}
	if (last == NULL || (last->has_family && has_family))
		return new_group(u, b, group);
	*group = last;
	if (last->has_family)
		fota_image_warn(u->image, "family_mixed", 0, b->index * UF2_BLOCK + 8,
						"block %llu has no family id, others 0x%08X", (unsigned long long) b->index, last->family);
	else if (has_family && last->total == b->total && last->blocks < last->total)
	{
		fota_image_warn(u->image, "family_mixed", 0, b->index * UF2_BLOCK + 8,
						"block %llu has the family id 0x%08X, others before it none", (unsigned long long) b->index,
						b->family);
		last->has_family = true;
		last->family = b->family;
	}
	else if (has_family)
		return new_group(u, b, group);
	return FOTA_OK;
}

/*
 * The block that files for RP2350 begin with, against an erratum of its bootloader: filling, at the end of the
 * flash, numbered as the first of two of which there is no second.
 */
static bool
is_erratum_block(const uf2_block *b)
{
	return (b->flags & UF2_FLAG_FAMILY) && b->family == UF2_ABSOLUTE && b->number == 0 && b->total <= 2 &&
		fota_binary_filled((fota_bytes) {b->p + UF2_HEAD, b->size}, 0xef);
}

/* --- blocks ------------------------------------------------------------------------------- */

static bool
is_wanted(const uf2 *u, const uf2_block *b, const uf2_group *group)
{
	return !(b->flags & UF2_FLAG_NOT_MAIN) && b->size > 0 &&
		(!u->options->has_family || (group->has_family && group->family == u->options->family));
}

static fota_status
take_block(uf2 *u, const uf2_block *b)
{
	uf2_group  *group;
	bool		again;
	fota_status status;

	if (b->flags & UF2_FLAG_CONTAINER)
		return fota_fail(u->ctx, FOTA_SYNTAX, b->index * UF2_BLOCK + 8, 0,
						 "uf2: block %llu is of a file container, block 0 is for the flash",
						 (unsigned long long) b->index);
	if (is_erratum_block(b))
	{
		fota_image_warn(u->image, "absolute_block", 0, b->index * UF2_BLOCK,
						"block %llu only works around an erratum of the RP2350 and is left out",
						(unsigned long long) b->index);
		return FOTA_OK;
	}
	status = find_group(u, b, &group);
	if (status == FOTA_OK)
		status = fota_uf2_group_add(u->ctx, group, b, u->blocks, &again);
	if (status != FOTA_OK)
		return status;
	if (b->tags != NULL && b->tags_size > 0 && !u->has_tags)
	{
		u->has_tags = true;
		fota_uf2_tags(b, u->image);
	}
	if (is_wanted(u, b, group))
		u->parts[u->part_count++] = (fota_binary_part_at) {b->address, b->index * UF2_BLOCK + UF2_HEAD, b->size, b->index};
	u->unaligned += b->address % 4 != 0;
	u->skipped += (b->flags & UF2_FLAG_NOT_MAIN) != 0;
	return FOTA_OK;
}

/* --- MD5 of regions ----------------------------------------------------------------------- */

/* The bytes of a region, when one segment holds all of them; else data is NULL. */
static fota_bytes
find_region(const fota_image *image, uint64_t address, uint64_t size)
{
	for (size_t i = 0; i < image->segment_count; i++)
	{
		const fota_segment *s = &image->segments[i];

		if (address >= s->address && address - s->address <= s->size && size <= s->size - (address - s->address))
			return (fota_bytes) {s->data + (address - s->address), (size_t) size};
	}
	return (fota_bytes) {NULL, 0};
}

static fota_status
check_region(uf2 *u, uint64_t block, const uint8_t *md5, uint64_t *work)
{
	uint32_t	address = fota_get_u32le(md5);
	uint32_t	size = fota_get_u32le(md5 + 4);
	fota_bytes	region = find_region(u->image, address, size);
	uint8_t		digest[FOTA_MD5_SIZE];
	fota_status status;

	if (region.data == NULL)
	{
		fota_image_warn(u->image, "md5", 0, block * UF2_BLOCK, "block %llu: MD5 of %u bytes at 0x%08X, which are not all there",
						(unsigned long long) block, size, address);
		return FOTA_OK;
	}
	*work += size;
	if (*work / MD5_WORK > u->image->bytes)
		return fota_fail(u->ctx, FOTA_LIMIT, block * UF2_BLOCK, 0,
						 "uf2: block %llu: the regions with MD5 are over %u times the data", (unsigned long long) block,
						 MD5_WORK);
	status = fota_md5(u->ctx, region.data, region.size, digest);
	if (status == FOTA_OK && memcmp(digest, md5 + 8, sizeof(digest)) != 0)
		return fota_fail(u->ctx, FOTA_CHECKSUM, block * UF2_BLOCK + UF2_HEAD + UF2_DATA - UF2_MD5, 0,
						 "uf2: block %llu: MD5 of %u bytes at 0x%08X differs", (unsigned long long) block, size, address);
	return status != FOTA_OK ? status : fota_poll(u->ctx, size);
}

/* Blocks of one region carry the same MD5, which is checked once. */
static fota_status
check_regions(uf2 *u)
{
	const uint8_t *last = NULL;
	uint64_t	work = 0;
	fota_status status = FOTA_OK;

	for (size_t i = 0; i < u->part_count && status == FOTA_OK; i++)
	{
		const uint8_t *p = u->file.data + u->parts[i].number * UF2_BLOCK;
		const uint8_t *md5 = p + UF2_HEAD + UF2_DATA - UF2_MD5;

		if (!(fota_get_u32le(p + 8) & UF2_FLAG_MD5) || (last != NULL && memcmp(last, md5, UF2_MD5) == 0))
			continue;
		last = md5;
		status = check_region(u, u->parts[i].number, md5, &work);
	}
	return status;
}

/* --- the file ----------------------------------------------------------------------------- */

static fota_status
check_groups(uf2 *u)
{
	bool		found = !u->options->has_family;
	fota_status status = FOTA_OK;

	for (size_t i = 0; i < u->group_count && status == FOTA_OK; i++)
	{
		const uf2_group *g = &u->groups[i];
		char		id[16];
		const char *name = g->has_family ? fota_uf2_family(g->family) : NULL;

		status = fota_uf2_group_check(u->ctx, g, u->blocks);
		found |= g->has_family && g->family == u->options->family;
		if (!g->has_family)
			continue;
		if (name != NULL)
			fota_image_note_item(u->image, "family", name, SIZE_MAX);
		fota_format(id, sizeof(id), "0x%08X", g->family);
		fota_image_note_item(u->image, "hw", id, SIZE_MAX);
	}
	if (status == FOTA_OK && !found)
		return fota_fail(u->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "uf2: there are no blocks of family 0x%08X",
						 u->options->family);
	return status;
}

/*
 * A block at an address that is no multiple of 4 cannot be written as it says. It is accepted with a warning, also
 * where it overlaps its neighbours, of which the later one counts; all others must agree.
 */
static fota_status
make_segments(uf2 *u)
{
	fota_image_options last = *u->options;
	fota_binary_part_at *aligned;
	fota_image *others;
	size_t		count = 0;
	fota_status status;

	if (u->unaligned == 0 || u->options->overlap != FOTA_OVERLAP_ERROR)
		return fota_binary_segments(u->ctx, u->file, u->parts, u->part_count, "block", u->options, u->image);
	aligned = fota_alloc_array(u->ctx, u->part_count, sizeof(*aligned));
	others = fota_alloc(u->ctx, sizeof(*others));
	status = aligned && others ? FOTA_OK : u->ctx->error.code;
	for (size_t i = 0; i < u->part_count && status == FOTA_OK; i++)
		if (u->parts[i].address % 4 == 0)
			aligned[count++] = u->parts[i];
	if (count > 0)
	{
		*others = (fota_image) {.ctx = u->ctx, .codec = u->image->codec};
		status = fota_binary_segments(u->ctx, u->file, aligned, count, "block", u->options, others);
		fota_image_free(u->ctx, others);
	}
	fota_free(u->ctx, aligned);
	fota_free(u->ctx, others);
	last.overlap = FOTA_OVERLAP_LAST;
	return status != FOTA_OK ? status :
		fota_binary_segments(u->ctx, u->file, u->parts, u->part_count, "block", &last, u->image);
}

static fota_status
make_image(uf2 *u)
{
	fota_status status;

	if (u->part_count == 0)
		return fota_fail(u->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "uf2: no block holds data for the flash");
	status = make_segments(u);
	if (status == FOTA_OVERLAP && u->group_count > 1)
		return fota_fail_hint(u->ctx, "The option family=%08X takes one of the %zu families.", u->groups[0].family,
							  u->group_count);
	if (status == FOTA_OK)
		status = check_regions(u);
	if (status != FOTA_OK)
		return status;
	fota_image_note_number(u->image, "blocks", u->blocks);
	if (u->skipped > 0)
		fota_image_warn(u->image, "not_main_flash", 0, FOTA_NOWHERE, "%llu blocks are not for the main flash and are left out",
						(unsigned long long) u->skipped);
	return FOTA_OK;
}

static fota_status
read_blocks(uf2 *u)
{
	fota_status status = FOTA_OK;

	for (uint64_t i = 0; i < u->blocks && status == FOTA_OK; i++)
	{
		uf2_block	b;

		status = fota_uf2_block(u->ctx, u->file, i, u->image, &b);
		if (status == FOTA_OK)
			status = take_block(u, &b);
	}
	if (status == FOTA_OK)
		status = check_groups(u);
	return status == FOTA_OK ? make_image(u) : status;
}

static fota_status
uf2_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	uf2		   *u;
	fota_status status;

	if (file.size == 0)
		return fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "uf2: the file is empty");
	if (file.size >= 4 && fota_get_u32le(file.data) != UF2_MAGIC_0)
		return fota_fail(ctx, FOTA_SYNTAX, 0, 0, "uf2: block 0: magic is 0x%08X, expected 0x0A324655",
						 fota_get_u32le(file.data));
	if (file.size % UF2_BLOCK != 0)
		return fota_fail(ctx, FOTA_TRUNCATED, file.size / UF2_BLOCK * UF2_BLOCK, 0,
						 "uf2: length %zu is not a multiple of 512 (block %zu is cut)", file.size,
						 file.size / UF2_BLOCK);
	if (fota_get_u32le(file.data + 8) & UF2_FLAG_CONTAINER)
		return fota_uf2_container(ctx, file, options, image);
	u = fota_alloc(ctx, sizeof(uf2));
	if (u == NULL)
		return ctx->error.code;
	*u = (uf2) {.ctx = ctx, .file = file, .options = options, .image = image, .blocks = file.size / UF2_BLOCK};
	u->parts = fota_alloc_array(ctx, (size_t) u->blocks, sizeof(fota_binary_part_at));
	status = u->parts == NULL ? ctx->error.code : read_blocks(u);
	for (size_t i = 0; i < u->group_count; i++)
		fota_free(ctx, u->groups[i].seen);
	fota_free(ctx, u->parts);
	fota_free(ctx, u);
	return status;
}

static int
uf2_detect(fota_bytes file, const char **reason)
{
	if (file.size < 8 || fota_get_u32le(file.data) != UF2_MAGIC_0 || fota_get_u32le(file.data + 4) != UF2_MAGIC_1)
		return 0;
	*reason = "the file begins with both magic numbers of a UF2 block";
	return 99;
}

const fota_codec fota_codec_uf2 = {
	.name = "uf2",
	.title = "UF2 (USB flashing format)",
	.payload = FOTA_PAYLOAD_FLAT,
	.detect = uf2_detect,
	.decode = uf2_decode,
	.encode = fota_uf2_encode,
	.take = fota_uf2_take,
};
