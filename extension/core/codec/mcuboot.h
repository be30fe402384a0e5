/* SPDX-License-Identifier: PostgreSQL */
/*
 * mcuboot.h: images for the boot loader MCUboot: how one is taken apart (mcuboot_parts.c), for the codec (mcuboot.c) and
 * for images that lie at some address of another format (embedded.c).
 *
 *	header	4 magic 0x96F3B83D	4 load address	2 header size	2 size of the protected TLVs	4 image size	4 flags
 *			8 version	4 filling, up to header size; then the image
 *	TLVs	2 magic 0x6908 (protected) or 0x6907	2 size of all; then each: 2 type	2 length	value; little-endian
 *
 * The digest is over header, image and protected TLVs; the signature over that digest.
 */
#ifndef FOTA_CODEC_MCUBOOT_H
#define FOTA_CODEC_MCUBOOT_H

#include "codecs.h"
#include "binary.h"

#define MCUBOOT_MAGIC 0x96F3B83D
#define MCUBOOT_MAGIC_V1 0x96F3B83C
#define MCUBOOT_HEADER 32
#define MCUBOOT_SIGNATURES 8

#define MCUBOOT_FLAG_ENCRYPTED (0x4 | 0x8)
#define MCUBOOT_FLAG_RAM_LOAD 0x20
#define MCUBOOT_FLAG_ROM_FIXED 0x100
#define MCUBOOT_FLAG_COMPRESSED (0x200 | 0x400 | 0x800)

typedef struct mcuboot_signature
{
	unsigned	type;
	fota_bytes	value;
	fota_bytes	key_hash;		/* data NULL when the file does not say which key it is by */
	fota_bytes	key;			/* or the key itself */
} mcuboot_signature;

typedef struct mcuboot_image
{
	fota_bytes	file;
	uint32_t	load_address;
	uint32_t	flags;
	uint64_t	header_size;
	uint64_t	image_size;
	uint64_t	protected_size;
	uint64_t	hashed;			/* bytes that the digest covers */
	uint64_t	end;			/* where the TLVs end */
	bool		has_hash;
	bool		is_pure;		/* the signature is over all the bytes, not their digest */
	bool		is_encrypted;
	fota_hash_kind hash_kind;
	fota_bytes	hash;
	mcuboot_signature signatures[MCUBOOT_SIGNATURES];
	size_t		signature_count;
} mcuboot_image;

/*
 * Takes the image at the beginning of file apart, checks its structure and its digest, and notes what it says of
 * itself to image (which may be NULL). More may follow behind m->end.
 */
fota_status fota_mcuboot_parse(fota_ctx *ctx, fota_bytes file, fota_image *image, mcuboot_image *m);
fota_status fota_mcuboot_proofs(fota_ctx *ctx, const mcuboot_image *m, const fota_key *keys, size_t key_count,
								fota_proofs *proofs);

#endif
