/* SPDX-License-Identifier: PostgreSQL */
/* fit.h: FIT images: what they hold (fit.c) and their signatures (fit_sign.c). */
#ifndef FOTA_CODEC_FIT_H
#define FOTA_CODEC_FIT_H

#include "codecs.h"
#include "binary.h"
#include "fdt.h"

#define FIT_LIST 512			/* most texts of a list */

/* The data of an image's node, in the tree or behind it; FOTA_TRUNCATED when it has none or is outside of the file. */
fota_status fota_fit_data(const fdt *tree, uint32_t node, fota_bytes *data, uint64_t *offset);

/* The names of properties by which a configuration names images. */
extern const char *const fota_fit_roles[];

fota_status fota_fit_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys,
							size_t key_count, fota_proofs *proofs);
/* Whether an image or configuration has a signature. */
bool		fota_fit_is_signed(const fdt *tree, uint32_t node);

#endif
