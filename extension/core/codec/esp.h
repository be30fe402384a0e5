/* SPDX-License-Identifier: PostgreSQL */
/*
 * esp.h: images for Espressif's chips: what the codec (esp.c), flash dumps (esp_flash.c), the application's descriptor
 * (esp_app.c, also met in ELF files) and signatures (esp_sign.c) share.
 */
#ifndef FOTA_CODEC_ESP_H
#define FOTA_CODEC_ESP_H

#include "codecs.h"
#include "binary.h"

#define ESP_MAGIC 0xe9
#define ESP_MAGIC_V2 0xea		/* second header of ESP8266 images */
#define ESP_SECTOR 4096			/* signature blocks stand in one of their own */
#define ESP_BLOCK 1216			/* a signature block of secure boot version 2 */
#define ESP_BLOCKS 3

/* What the descriptor of an application at the beginning of data says, if it is one. */
bool		fota_esp_app_note(fota_bytes data, fota_image *image);

/* Name of a chip by the id in images, or NULL. */
const char *fota_esp_chip(unsigned id);

/* Reads the image at the beginning of file up to the end of its checksum and digest; *end is where that is. */
fota_status fota_esp_image(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image,
						   uint64_t *end);

/* Whether file is a partition table, or a dump of a flash with one. */
bool		fota_esp_is_table(fota_bytes file);
bool		fota_esp_is_flash(fota_bytes file);
fota_status fota_esp_table(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image);
fota_status fota_esp_flash(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image);

/* Signature blocks of secure boot version 2 at offset, where the image and its filling end: checked, not verified. */
bool		fota_esp_is_signed(fota_bytes file, uint64_t offset);
fota_status fota_esp_blocks(fota_ctx *ctx, fota_bytes file, uint64_t offset, fota_image *image);
fota_status fota_esp_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys,
							size_t key_count, fota_proofs *proofs);

#endif
