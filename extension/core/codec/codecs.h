/* SPDX-License-Identifier: PostgreSQL */
/*
 * codecs.h: the formats that image.c lists. A new one is a file in this folder, a line here and a
 * line in image.c.
 */
#ifndef FOTA_CODEC_CODECS_H
#define FOTA_CODEC_CODECS_H

#include "../image.h"
#include "known.h"			/* those that are recognised only */

extern const fota_codec fota_codec_ihex;
extern const fota_codec fota_codec_srec;
extern const fota_codec fota_codec_zip,
			fota_codec_tar,
			fota_codec_cpio;
extern const fota_codec fota_codec_nordic_dfu,
			fota_codec_ncs_zip,
			fota_codec_pybricks;
extern const fota_codec fota_codec_swu,
			fota_codec_mender,
			fota_codec_suit,
			fota_codec_raucb,
			fota_codec_fup;
extern const fota_codec fota_codec_gzip,
			fota_codec_xz,
			fota_codec_zstd,
			fota_codec_bzip2;
extern const fota_codec fota_codec_uf2;
extern const fota_codec fota_codec_elf;
extern const fota_codec fota_codec_dfu;
extern const fota_codec fota_codec_dfuse;
extern const fota_codec fota_codec_mcuboot;
extern const fota_codec fota_codec_esp;
extern const fota_codec fota_codec_uimage;
extern const fota_codec fota_codec_fit;
extern const fota_codec fota_codec_trx;
extern const fota_codec fota_codec_openwrt;
extern const fota_codec fota_codec_zigbee_ota;
extern const fota_codec fota_codec_cyacd;
extern const fota_codec fota_codec_cyacd2;
extern const fota_codec fota_codec_ti_txt;
extern const fota_codec fota_codec_tekhex;
extern const fota_codec fota_codec_vmem;
extern const fota_codec fota_codec_raw;

/* Writers in files of their own. */
fota_status fota_ihex_encode(fota_ctx *ctx, const fota_image *image, const fota_encode_options *options,
							 fota_buf *out);
fota_status fota_srec_encode(fota_ctx *ctx, const fota_image *image, const fota_encode_options *options,
							 fota_buf *out);
fota_status fota_tekhex_encode(fota_ctx *ctx, const fota_image *image, const fota_encode_options *options,
							   fota_buf *out);

#endif
