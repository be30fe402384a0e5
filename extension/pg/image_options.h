/* SPDX-License-Identifier: PostgreSQL */
/* image_options.h: what the functions that decode files take as options; see image_options.c. */
#ifndef FOTAPG_IMAGE_OPTIONS_H
#define FOTAPG_IMAGE_OPTIONS_H

#include "fotapg.h"

#include "image.h"

typedef struct fotapg_image_options
{
	fota_image_options image;
	fota_payload_spec payload;
} fotapg_image_options;

/* value: a jsonb object. An unknown or wrong option is an SQL error. */
void		fotapg_read_image_options(fota_ctx *ctx, Datum value, fotapg_image_options *options);
/* What the core wrote as JSON (UTF-8), as a jsonb value. */
Datum		fotapg_jsonb(const fota_buf *json);

#endif
