/* SPDX-License-Identifier: PostgreSQL */
/*
 * embedded.h: images with a header of their own that lie at some address of a file with addresses, as in Zephyr's
 * zephyr.signed.hex: what they say of themselves is said of the file. Called by image.c after decoding.
 */
#ifndef FOTA_CODEC_EMBEDDED_H
#define FOTA_CODEC_EMBEDDED_H

#include "../image.h"

/* Notes each MCUboot image that a segment begins with; one that is broken is warned of. */
fota_status fota_embedded_note(fota_ctx *ctx, const fota_image_options *options, fota_image *image);
/* Adds what became of their signatures. */
fota_status fota_embedded_verify(fota_ctx *ctx, const fota_image *image, const fota_key *keys, size_t key_count,
								 fota_proofs *proofs);

#endif
