/* SPDX-License-Identifier: PostgreSQL */
/*
 * unpack.h: takes compression off: gzip, xz, zstd, bzip2, and the bare deflate of zip. Called by image.c for the
 * layer around a file, and by the formats that are packages.
 *
 * Limits are looked at while bytes come out, so that a bomb stops within milliseconds: the size, and from the
 * first MiB on the ratio of what came out to what went in. Memory comes from ctx. Streams that follow each other
 * are one file, as the tools read them; anything else behind the last one is refused.
 *
 * what stands at the beginning of errors: "gzip", or `zip: member "a.bin"`.
 */
#ifndef FOTA_UNPACK_H
#define FOTA_UNPACK_H

#include "image.h"

typedef enum fota_packing
{
	FOTA_PACKING_NONE = 0,
	FOTA_PACKING_GZIP,
	FOTA_PACKING_XZ,
	FOTA_PACKING_ZSTD,
	FOTA_PACKING_BZIP2
} fota_packing;

/* By the first bytes. */
fota_packing fota_packing_of(fota_bytes file);
const char *fota_packing_name(fota_packing packing);

/* Appends what is packed to out, whose cap need not be set: it becomes that of the limits. limits may be NULL. */
fota_status fota_unpack(fota_ctx *ctx, fota_packing packing, fota_bytes packed, const fota_image_limits *limits,
						const char *what, fota_buf *out);

/* What came out of a deflate stream. */
typedef struct fota_inflated
{
	uint64_t	size;
	uint64_t	packed;			/* bytes of the stream */
	uint32_t	crc;			/* CRC-32 of what came out */
} fota_inflated;

/* Bare deflate; what follows its end is not looked at. out NULL: only size and CRC are wanted. */
fota_status fota_inflate(fota_ctx *ctx, fota_bytes packed, const fota_image_limits *limits, const char *what,
						 fota_buf *out, fota_inflated *result);
/* Writes bare deflate, always the same bytes for the same input. */
fota_status fota_deflate(fota_ctx *ctx, fota_bytes plain, fota_buf *out);

#endif
