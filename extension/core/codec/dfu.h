/* SPDX-License-Identifier: PostgreSQL */
/* dfu.h: the suffix that files of USB DFU and DfuSe end with; for dfu.c and dfuse.c. */
#ifndef FOTA_CODEC_DFU_H
#define FOTA_CODEC_DFU_H

#include "codecs.h"
#include "binary.h"

#define DFU_SUFFIX 16

typedef struct fota_dfu_suffix
{
	unsigned	device;			/* bcdDevice, product and vendor: 0xFFFF = any */
	unsigned	product;
	unsigned	vendor;
	unsigned	version;		/* bcdDFU */
	size_t		size;			/* of the suffix */
	size_t		prefix;			/* bytes at the beginning that the CRC does not cover */
} fota_dfu_suffix;

/* Reads the suffix and checks its CRC; image gets warnings and metadata. */
fota_status fota_dfu_suffix_read(fota_ctx *ctx, fota_bytes file, const char *format, fota_image *image,
								 fota_dfu_suffix *suffix);
/* Appends a suffix for what out holds. */
fota_status fota_dfu_suffix_write(fota_ctx *ctx, unsigned version, fota_buf *out);
bool		fota_dfu_has_suffix(fota_bytes file);

#endif
