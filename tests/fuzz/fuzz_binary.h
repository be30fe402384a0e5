/* SPDX-License-Identifier: PostgreSQL */
/*
 * fuzz_binary.h: one binary format's decoder on hostile bytes. An input is refused with a text, or gives segments that
 * are sorted and do not touch, members that can be taken out or are refused, and signatures about which something is
 * said; where the format can be written, what is written is read the same.
 */
#ifndef FUZZ_BINARY_H
#define FUZZ_BINARY_H

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

/* Every byte is read. */
static volatile uint8_t sink;

static void
check_segments(const fota_image *image)
{
	uint64_t	bytes = 0;

	for (size_t i = 0; i < image->segment_count; i++)
	{
		const fota_segment *s = &image->segments[i];
		const fota_segment *last = i > 0 ? s - 1 : NULL;

		if (s->size == 0 || s->address + s->size < s->address || (last && s->space < last->space) ||
			(last && s->space == last->space && s->address <= last->address + last->size))
			abort();
		for (uint64_t k = 0; k < s->size; k++)
			sink = (uint8_t) (sink ^ s->data[k]);
		bytes += s->size;
	}
	if (image->segment_count == 0 || bytes != image->bytes)
		abort();
}

static void
check_refusal(const fota_ctx *ctx, fota_status status)
{
	if (status == FOTA_INTERNAL || ctx->error.code != status || ctx->error.message[0] == '\0')
		abort();
}

static void
check_members(fota_ctx *ctx, fota_bytes file, const fota_image *image)
{
	for (size_t i = 0; i < image->member_count && i < 8; i++)
	{
		fota_buf	out;
		fota_status status;

		if (image->members[i].size > 1 << 22)
			continue;
		status = fota_image_take(ctx, file, image, i, NULL, &out);
		if (status != FOTA_OK)
			check_refusal(ctx, status);
		else if (out.size != image->members[i].size)
			abort();
		fota_buf_free(ctx, &out);
	}
}

static void
check_written(fota_ctx *ctx, const fota_image *image)
{
	uint8_t		before[FOTA_SHA256_SIZE];
	uint8_t		after[FOTA_SHA256_SIZE];
	fota_image	again;
	fota_buf	out;
	fota_status status;

	if (image->codec->encode == NULL || image->member_count > 0)
		return;
	fota_buf_init(&out, 8 << 20);
	status = fota_image_encode(ctx, image, image->codec->name, NULL, &out);
	if (status == FOTA_OK)
	{
		if (fota_image_decode(ctx, (fota_bytes) {out.data, out.size}, image->codec->name, NULL, &again) != FOTA_OK ||
			fota_image_content_id(ctx, image, before) != FOTA_OK ||
			fota_image_content_id(ctx, &again, after) != FOTA_OK || memcmp(before, after, sizeof(after)) != 0)
			abort();
		fota_image_free(ctx, &again);
	}
	else
		check_refusal(ctx, status);
	fota_buf_free(ctx, &out);
}

/* waiver: one of the format's, or NULL. */
static int
fuzz_binary(const char *format, const char *waiver, const uint8_t *data, size_t size)
{
	static fota_proofs proofs;
	fota_ctx	ctx = {.alloc = take, .free = give, .limit = 64 << 20};
	fota_bytes	file = {data, size};

	for (int lax = 0; lax < 2; lax++)
	{
		fota_image_options options = {.overlap = lax ? FOTA_OVERLAP_LAST : FOTA_OVERLAP_ERROR};
		fota_image	image;
		fota_status status;

		if (lax && waiver != NULL)
			fota_image_waiver(&ctx, &options, waiver, strlen(waiver));
		status = fota_image_decode(&ctx, file, format, &options, &image);
		if (status == FOTA_OK)
		{
			check_segments(&image);
			check_members(&ctx, file, &image);
			check_written(&ctx, &image);
			status = fota_image_verify(&ctx, file, &image, NULL, 0, &proofs);
			for (size_t i = 0; i < proofs.count; i++)
				if (proofs.list[i].result == FOTA_PROOF_VALID)
					abort();
		}
		if (status != FOTA_OK)
			check_refusal(&ctx, status);
		fota_image_free(&ctx, &image);
		if (ctx.used != 0)
			abort();
	}
	return 0;
}

/* The whole of a target. */
#define FUZZ_BINARY(format, waiver) \
	int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size); \
	int \
	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) \
	{ \
		return fuzz_binary(format, waiver, data, size); \
	}

#endif
