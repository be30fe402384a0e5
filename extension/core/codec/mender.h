/* SPDX-License-Identifier: PostgreSQL */
/*
 * mender.h: the parts of the codec of Mender's artifacts: order and manifest (mender.c), the archives inside
 * (mender_data.c), the signature (mender_sign.c).
 */
#ifndef FOTA_CODEC_MENDER_H
#define FOTA_CODEC_MENDER_H

#include "package.h"

#define MENDER "mender"
#define MENDER_INNER "inside"	/* method of members that are in data/NNNN.tar */

typedef struct mender
{
	fota_ctx   *ctx;
	fota_bytes	file;
	const fota_image_options *options;
	fota_image *image;
	size_t		outer;			/* members of the outer archive, which come first */
	const fota_member *header;
	const fota_member *signature;	/* or NULL */
	fota_bytes	manifest;
	size_t		lines_used;
} mender;

/* "data/0000.tar", or that with the suffix of a compression. */
bool		fota_mender_is_data(const char *name);
/* Compares with the manifest's line for this name, which version and header must have, and others should. */
fota_status fota_mender_sum(mender *m, const char *name, fota_bytes bytes, bool required);
/* Reads header.tar and notes what it says. */
fota_status fota_mender_header(mender *m);
/* Lists what is in the data member at this place, and checks it. */
fota_status fota_mender_data(mender *m, size_t place);
fota_status fota_mender_take(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_member *member,
							 const fota_image_options *options, fota_buf *out);
fota_status fota_mender_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys,
							   size_t key_count, fota_proofs *proofs);

#endif
