/* SPDX-License-Identifier: PostgreSQL */
/*
 * uf2.h: the parts of the UF2 codec: blocks (uf2_block.c), families (uf2_family.c), files in a container
 * (uf2_container.c), decoding (uf2.c), writing (uf2_write.c).
 *
 *	block of 512 bytes, little-endian	magic 0x0A324655 0x9E5D5157, flags, address, payload size, block number,
 *										number of blocks, family id or file size, 476 bytes of data, magic 0x0AB16F30
 *
 * Block numbers count per family, in a container over the whole file. Behind the payload, extension tags: size
 * with this head (1 byte), type (3), value; 4-aligned; the last 24 bytes of data may be address, length and MD5 of a
 * region of the flash.
 */
#ifndef FOTA_CODEC_UF2_H
#define FOTA_CODEC_UF2_H

#include "codecs.h"
#include "binary.h"

#define UF2_BLOCK 512
#define UF2_HEAD 32
#define UF2_DATA 476
#define UF2_MD5 24				/* at the end of the data, where the flag says so */
#define UF2_MAGIC_0 0x0A324655
#define UF2_MAGIC_1 0x9E5D5157
#define UF2_MAGIC_END 0x0AB16F30
#define UF2_ABSOLUTE 0xe48bff57 /* family of the block that RP2350 files begin with */

#define UF2_FLAG_NOT_MAIN 0x1
#define UF2_FLAG_CONTAINER 0x1000
#define UF2_FLAG_FAMILY 0x2000
#define UF2_FLAG_MD5 0x4000
#define UF2_FLAG_TAGS 0x8000

typedef struct uf2_block
{
	uint64_t	index;			/* in the file */
	const uint8_t *p;
	uint32_t	flags;
	uint32_t	address;
	uint32_t	size;			/* of the payload */
	uint32_t	number;
	uint32_t	total;
	uint32_t	family;			/* or the file's size */
	const uint8_t *tags;		/* first extension tag, or NULL */
	size_t		tags_size;		/* up to where they end */
} uf2_block;

/* Reads and checks one block, tags included; image gets warnings, if it is not NULL. */
fota_status fota_uf2_block(fota_ctx *ctx, fota_bytes file, uint64_t index, fota_image *image, uf2_block *block);

/* Says what the tags of a block mean to image. */
void		fota_uf2_tags(const uf2_block *block, fota_image *image);

/* Registered short name, or NULL. */
const char *fota_uf2_family(uint32_t id);

/* Blocks of one family, or of the container: which numbers were seen. */
typedef struct uf2_group
{
	bool		has_family;
	uint32_t	family;
	uint32_t	total;
	uint64_t	blocks;			/* seen, repetitions too */
	uint8_t    *seen;			/* a bit per number */
} uf2_group;

/* total has been set; room for a file of so many blocks. */
fota_status fota_uf2_group_open(fota_ctx *ctx, uf2_group *group, uint64_t blocks);
/* *again when the number was there already. */
fota_status fota_uf2_group_add(fota_ctx *ctx, uf2_group *group, const uf2_block *block, uint64_t blocks, bool *again);
/* Whether all numbers were there. */
fota_status fota_uf2_group_check(fota_ctx *ctx, const uf2_group *group, uint64_t blocks);

/* A file whose first block has the flag: files become members. */
fota_status fota_uf2_container(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image);
fota_status fota_uf2_take(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_member *member,
						  const fota_image_options *options, fota_buf *out);

fota_status fota_uf2_encode(fota_ctx *ctx, const fota_image *image, const fota_encode_options *options, fota_buf *out);

#endif
