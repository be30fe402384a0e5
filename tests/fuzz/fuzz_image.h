/* SPDX-License-Identifier: PostgreSQL */
/*
 * fuzz_image.h: one format's decoder on hostile bytes. Strict and with all waivers, an input is refused
 * with a text, or gives segments that are sorted, do not touch and are equal when read once more from
 * what is written of them; flat payloads keep their limit.
 */
#ifndef FUZZ_IMAGE_H
#define FUZZ_IMAGE_H

#include "image.h"

#include <stdlib.h>
#include <string.h>

static void *
take(void *opaque, size_t size)
{
	(void) opaque;
	return malloc(size);
}

static void
give(void *opaque, void *ptr)
{
	(void) opaque;
	free(ptr);
}

static void
check_segments(const fota_image *image)
{
	uint64_t	bytes = 0;
	uint64_t	end = 0;

	for (size_t i = 0; i < image->segment_count; i++)
	{
		const fota_segment *s = &image->segments[i];

		if (s->size == 0 || s->address + s->size < s->address || (i > 0 && s->address <= end))
			abort();
		end = s->address + s->size;
		bytes += s->size;
	}
	if (image->segment_count == 0 || bytes != image->bytes)
		abort();
}

static void
check_round(fota_ctx *ctx, const fota_image *image)
{
	uint8_t		before[FOTA_SHA256_SIZE];
	uint8_t		after[FOTA_SHA256_SIZE];
	fota_image	again;
	fota_buf	out;

	fota_buf_init(&out, 8 << 20);
	if (fota_image_encode(ctx, image, "ihex", NULL, &out) != FOTA_OK ||
		fota_image_decode(ctx, (fota_bytes) {out.data, out.size}, NULL, NULL, &again) != FOTA_OK ||
		fota_image_content_id(ctx, image, before) != FOTA_OK ||
		fota_image_content_id(ctx, &again, after) != FOTA_OK || memcmp(before, after, sizeof(after)) != 0 ||
		again.has_entry != image->has_entry || again.entry != image->entry)
		abort();
	fota_image_free(ctx, &again);
	fota_buf_free(ctx, &out);
}

static void
check_payload(fota_ctx *ctx, fota_bytes file, fota_image *image)
{
	fota_payload_spec spec = {.max_size = 1 << 16, .fill = 255};
	fota_buf	out;
	bool		is_file;
	fota_status status = fota_image_payload(ctx, file, image, &spec, NULL, &is_file, &out);

	if (status == FOTA_OK ? is_file || out.size < image->bytes || out.size > spec.max_size : status != FOTA_LIMIT)
		abort();
	fota_buf_free(ctx, &out);
}

static int
fuzz_image(const char *format, const uint8_t *data, size_t size)
{
	fota_image_options all = {.overlap = FOTA_OVERLAP_LAST, .comments = true, .no_eof = true, .load_offset = true};
	fota_ctx	ctx = {.alloc = take, .free = give, .limit = 64 << 20};
	fota_bytes	file = {data, size};

	for (int lax = 0; lax < 2; lax++)
	{
		fota_image	image;
		fota_status status = fota_image_decode(&ctx, file, format, lax ? &all : NULL, &image);

		if (status == FOTA_OK)
		{
			check_segments(&image);
			check_round(&ctx, &image);
			check_payload(&ctx, file, &image);
		}
		else if (status == FOTA_INTERNAL || ctx.error.code != status || ctx.error.message[0] == '\0')
			abort();
		fota_image_free(&ctx, &image);
		if (ctx.used != 0)
			abort();
	}
	return 0;
}

#endif
