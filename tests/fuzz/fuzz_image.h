/* SPDX-License-Identifier: PostgreSQL */
/*
 * fuzz_image.h: one text format's decoder on hostile bytes. Strict and with all waivers, digits taken one by one and many
 * at once, an input is refused with the same text, or gives the same segments, which are sorted, of one space, do not touch
 * and are equal when read once more from what every writer makes of them; flat payloads keep their limit.
 */
#ifndef FUZZ_IMAGE_H
#define FUZZ_IMAGE_H

#include "image.h"

#include "codec/hex_simd.h"

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

		if (s->size == 0 || s->address + s->size < s->address || (i > 0 && s->address <= end) ||
			s->space != image->segments[0].space)
			abort();
		end = s->address + s->size;
		bytes += s->size;
	}
	if (image->segment_count == 0 || bytes != image->bytes || image->member_count != 0)
		abort();
}

/* Written as a format and read again: the same. What the format cannot hold is FOTA_RANGE. */
static void
check_round(fota_ctx *ctx, const fota_image *image, const char *format, const fota_encode_options *options)
{
	fota_image_options reading = {.word = options->word, .little = options->little};
	uint8_t		before[FOTA_SHA256_SIZE];
	uint8_t		after[FOTA_SHA256_SIZE];
	fota_image	again;
	fota_buf	out;
	fota_status status;

	fota_buf_init(&out, 16 << 20);
	status = fota_image_encode(ctx, image, format, options, &out);
	if (status == FOTA_OK)
	{
		if (fota_image_decode(ctx, (fota_bytes) {out.data, out.size}, format, &reading, &again) != FOTA_OK ||
			again.warning_count != 0 || fota_image_content_id(ctx, image, before) != FOTA_OK ||
			fota_image_content_id(ctx, &again, after) != FOTA_OK || memcmp(before, after, sizeof(after)) != 0)
			abort();
		fota_image_free(ctx, &again);
	}
	else if (status != FOTA_RANGE || ctx->error.message[0] == '\0')
		abort();
	fota_buf_free(ctx, &out);
}

static void
check_writers(fota_ctx *ctx, const fota_image *image)
{
	static const struct
	{
		const char *format;
		fota_encode_options options;
	}			writers[] = {
		{"ihex", {.record_size = 16}}, {"ihex", {.record_size = 255, .address = 3, .crlf = true}}, {"ihex", {.address = 2}},
		{"srec", {.record_size = 32}}, {"srec", {.record_size = 7, .address = 4, .crlf = true}},
		{"ti-txt", {0}}, {"tekhex", {.record_size = 120}},
		{"vmem", {.word = 8}}, {"vmem", {.word = 16}}, {"vmem", {.word = 32, .little = true}}, {"vmem", {.word = 64}},
	};

	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++)
		check_round(ctx, image, writers[i].format, &writers[i].options);
}

/* What came of an input, for comparing. */
typedef struct came
{
	fota_status status;
	uint8_t		id[FOTA_SHA256_SIZE];
	char		message[FOTA_MESSAGE_SIZE];
	size_t		warnings;
} came;

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

static void
read_once(const char *format, fota_bytes file, const fota_image_options *options, bool writers, came *out)
{
	fota_ctx	ctx = {.alloc = take, .free = give, .limit = 64 << 20};
	fota_image	image;

	memset(out, 0, sizeof(*out));
	out->status = fota_image_decode(&ctx, file, format, options, &image);
	if (out->status == FOTA_OK)
	{
		check_segments(&image);
		if (fota_image_content_id(&ctx, &image, out->id) != FOTA_OK)
			abort();
		out->warnings = image.warning_count;
		if (writers)
			check_writers(&ctx, &image);
		check_payload(&ctx, file, &image);
	}
	else if (out->status == FOTA_INTERNAL || ctx.error.code != out->status || ctx.error.message[0] == '\0')
		abort();
	else
		memcpy(out->message, ctx.error.message, sizeof(out->message));
	fota_image_free(&ctx, &image);
	if (ctx.used != 0)
		abort();
}

static int
fuzz_image(const char *format, const uint8_t *data, size_t size)
{
	static const fota_image_options options[] = {
		{0}, {.overlap = FOTA_OVERLAP_LAST, .comments = true, .no_eof = true, .load_offset = true, .space = FOTA_SPACE_EEPROM},
		{.overlap = FOTA_OVERLAP_FIRST, .strict = true, .word = 32, .little = true}
	};
	fota_bytes	file = {data, size};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
	{
		came		many;
		came		single;

		if (options[i].word != 0 && strcmp(format, "vmem") != 0)
			continue;
		fota_hex_use(FOTA_HEX_BEST);
		read_once(format, file, &options[i], true, &many);
		fota_hex_use(FOTA_HEX_SCALAR);
		read_once(format, file, &options[i], i == 0, &single);
		if (memcmp(&many, &single, sizeof(many)) != 0)
			abort();
	}
	return 0;
}

#endif
