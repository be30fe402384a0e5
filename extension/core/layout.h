/* SPDX-License-Identifier: PostgreSQL */
/*
 * layout.h: file formats that a JSON object describes, for vendors' own headers: no code needed. The glue
 * (fota.decode_payload), the worker and `fotactl image inspect --layout` call it. layout/README.md says what a layout
 * can say, with examples.
 *
 * A layout is data that people write: what is wrong with it is FOTA_SYNTAX with "layout" in its text; what is wrong with
 * a file names the layout, as codecs name themselves.
 */
#ifndef FOTA_LAYOUT_H
#define FOTA_LAYOUT_H

#include "image.h"

#define FOTA_LAYOUT_NAME 40		/* of a decoder, with its NUL: a-z, 0-9, - */

/* Checks a layout without a file, as when it is stored: unknown keys, types, fields that nobody names. */
fota_status fota_layout_check(fota_ctx *ctx, fota_bytes layout);

/* Whether the file has the magic of the layout; *at is where what the layout describes begins. */
fota_status fota_layout_matches(fota_ctx *ctx, fota_bytes layout, fota_bytes file, bool *matches, size_t *at);

/*
 * Which of [{"name", "layout"}, ..] is for the file: the one called format, or, if that is NULL, the first whose magic
 * the file has.
 */
fota_status fota_layout_choose(fota_ctx *ctx, fota_bytes layouts, fota_bytes file, const char *format, bool *found,
							   char name[FOTA_LAYOUT_NAME], fota_bytes *layout);

/*
 * Decodes a file by a layout. Initialises *image, also on error, like fota_image_decode; format is the layout's name.
 * The payload is the file, unless the layout says "deliver": "payload".
 */
fota_status fota_layout_decode(fota_ctx *ctx, fota_bytes file, const char *name, fota_bytes layout,
							   const fota_image_options *options, fota_image *image);

#endif
