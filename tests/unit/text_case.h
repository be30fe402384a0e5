/* SPDX-License-Identifier: PostgreSQL */
/*
 * text_case.h: what the tests of text formats share: files that must be the same image, cuts, and what is written.
 */
#ifndef TEXT_CASE_H
#define TEXT_CASE_H

#include "image_case.h"

#include "codec/hex_simd.h"

__attribute__((unused)) static loaded
vector_of(const char *format, const char *name)
{
	char		folder[1200];

	vector_folder(folder, sizeof(folder), format);
	return load(folder, name);
}

/* All files of the list have the content_id of the first, and its bytes are 0, 1, 2 .. */
__attribute__((unused)) static void
test_same(const char *format, const char *const *names)
{
	char		id[2 * FOTA_SHA256_SIZE + 1] = "";

	for (size_t i = 0; names[i] != NULL; i++)
	{
		loaded		file = vector_of(format, names[i]);
		bool		good = true;
		outcome		o;

		decode(&o, file.data, file.size, NULL, "");
		for (uint64_t k = 0; o.status == FOTA_OK && k < o.image.segments[0].size; k++)
			good &= o.image.segments[0].data[k] == k;
		if (i == 0)
			snprintf(id, sizeof(id), "%s", o.id);
		ok(o.status == FOTA_OK && strcmp(o.image.format, format) == 0, "%s is recognised", names[i]);
		ok(good && strcmp(o.id, id) == 0, "%s has the bytes and the content_id of %s", names[i], names[0]);
		end_outcome(&o);
		free(file.data);
	}
}

/* A file cut anywhere but within so many bytes of its end is FOTA_TRUNCATED, or what is read of it has warnings. */
__attribute__((unused)) static void
test_cut_anywhere(const char *format, const char *name, size_t tail)
{
	loaded		file = vector_of(format, name);
	bool		good = true;

	for (size_t size = 0; size + tail < file.size; size++)
	{
		uint8_t    *cut = malloc(size ? size : 1);
		outcome		o;

		memcpy(cut, file.data, size);
		decode(&o, cut, size, format, "");
		good &= o.status == FOTA_OK ? o.image.warning_count > 0 : o.status == FOTA_TRUNCATED;
		good &= end_outcome(&o);
		free(cut);
	}
	ok(good, "%s cut anywhere is truncated, or read with a warning", name);
	free(file.data);
}

__attribute__((unused)) static void
writes(const fota_image *image, const char *format, const fota_encode_options *options, const char *want,
	   const char *name)
{
	fota_ctx	ctx = tap_ctx(0);
	fota_buf	out;

	fota_buf_init(&out, 1 << 20);
	if (fota_image_encode(&ctx, image, format, options, &out) != FOTA_OK)
		printf("# %s\n", ctx.error.message);
	if (!is_mem(out.data, out.size, want, strlen(want), name))
		printf("# %.*s\n", (int) out.size, (char *) out.data);
	fota_buf_free(&ctx, &out);
	ok(ctx.used == 0, "%s: all memory is given back", name);
}

__attribute__((unused)) static void
refuses(const fota_image *image, const char *format, const fota_encode_options *options, const char *says)
{
	fota_ctx	ctx = tap_ctx(0);
	fota_buf	out;

	fota_buf_init(&out, 1 << 20);
	if (!ok(fota_image_encode(&ctx, image, format, options, &out) == FOTA_RANGE && strstr(ctx.error.message, says),
			"%s does not write: %s", format, says))
		printf("# %s\n", ctx.error.message);
	fota_buf_free(&ctx, &out);
}

/* Is an image written and read again the same, digits taken one by one and many at once? */
static bool
comes_back(const fota_image *image, const char *format, const fota_encode_options *options, fota_hex_way way,
		   loaded *text)
{
	fota_ctx	ctx = tap_ctx(0);
	uint8_t		want[FOTA_SHA256_SIZE];
	uint8_t		got[FOTA_SHA256_SIZE] = {0};
	fota_image_options reading = {.word = options->word, .little = options->little};
	fota_image	again;
	fota_buf	out;
	bool		good;

	fota_hex_use(way);
	fota_buf_init(&out, 16 << 20);
	fota_image_content_id(&ctx, image, want);
	good = fota_image_encode(&ctx, image, format, options, &out) == FOTA_OK &&
		fota_image_decode(&ctx, (fota_bytes) {out.data, out.size}, format, &reading, &again) == FOTA_OK;
	if (good)
	{
		fota_image_content_id(&ctx, &again, got);
		good = memcmp(want, got, sizeof(got)) == 0 && again.warning_count == 0;
		fota_image_free(&ctx, &again);
	}
	else
		printf("# %s\n", ctx.error.message);
	if (text->data == NULL)
	{
		text->size = out.size;
		text->data = malloc(out.size + 1);
		memcpy(text->data, out.data, out.size);
	}
	good &= out.size == text->size && memcmp(out.data, text->data, out.size) == 0;
	fota_buf_free(&ctx, &out);
	fota_hex_use(FOTA_HEX_BEST);
	return good && ctx.used == 0;
}

/* Random images of several segments, records of all sizes, in every way that digits are taken. */
__attribute__((unused)) static void
test_rewrite(const char *format)
{
	static uint8_t bytes[300000];
	int			count = getenv("FOTA_LONG") ? 300 : 30;
	bool		good = true;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t) tap_random(256);
	for (int n = 0; n < count; n++)
	{
		fota_segment segments[4];
		fota_image	image = {.format = "raw", .segments = segments};
		fota_encode_options options = {.record_size = n % 3 ? 8 * (1 + (unsigned) tap_random(15)) : 0, .crlf = n % 2};
		uint64_t	at = tap_random(0x8000) * 8;
		loaded		text = {0};

		if (strcmp(format, "vmem") == 0)
			options.word = 8u << n % 4, options.little = n % 8 > 3;
		for (size_t i = 0; i < 1 + (size_t) n % 4; i++)
		{
			uint64_t	size = 8 + 8 * tap_random(n % 5 == 0 ? 8000 : 40);

			segments[image.segment_count++] = (fota_segment) {at, size, bytes + tap_random(100000), 0};
			image.bytes += size;
			at += size + 8 + 8 * tap_random(i == 2 ? 0x1000000 : 0x1000);
		}
		for (int way = FOTA_HEX_SCALAR; way < FOTA_HEX_BEST; way++)
			good &= comes_back(&image, format, &options, (fota_hex_way) way, &text);
		free(text.data);
	}
	ok(good, "%d random images come back from %s the same, digits taken one by one and many at once", count, format);
}

/* What no text format can hold. */
__attribute__((unused)) static void
test_refused_writes(const char *format, unsigned bits)
{
	static const uint8_t data[16];
	fota_segment segments[] = {{0, 16, data, FOTA_SPACE_FLASH}, {0x20, 16, data, FOTA_SPACE_EEPROM}};
	fota_segment beyond = {((uint64_t) 1 << bits) - 8, 16, data, FOTA_SPACE_FLASH};
	fota_image	image = {.format = "raw", .segments = segments, .segment_count = 2, .bytes = 32};
	fota_encode_options options = {.record_size = 5000};

	refuses(&image, format, NULL, "bytes in more than one space");
	image.segment_count = 1;
	refuses(&image, format, &options, "5000 bytes in a record");
	image.segments = &beyond;
	refuses(&image, format, NULL, "with 16 bytes lies beyond");
}

#endif
