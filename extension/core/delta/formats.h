/* SPDX-License-Identifier: PostgreSQL */
/*
 * formats.h: the formats that delta.c lists, and what they share. For the files of this folder only.
 */
#ifndef FOTA_DELTA_FORMATS_H
#define FOTA_DELTA_FORMATS_H

#include "../delta.h"

extern const fota_delta_format fota_delta_bsdiff40;

/*
 * A cover: target[target_at ..] is like source[source_at ..] for length bytes, not always equal.
 * Covers are sorted by target_at and do not overlap in the target.
 */
typedef struct fota_cover
{
	size_t		source_at;
	size_t		target_at;
	size_t		length;
} fota_cover;

typedef struct fota_covers
{
	fota_cover *item;
	size_t		count;
	size_t		room;
} fota_covers;

/* Finds covers by a suffix array of the source; fota_covers_free in every case. */
fota_status fota_covers_find(fota_ctx *ctx, fota_bytes source, fota_bytes target,
							 fota_covers *covers);
void		fota_covers_free(fota_ctx *ctx, fota_covers *covers);

#endif
