/* SPDX-License-Identifier: PostgreSQL */
/*
 * hex_file.c: from the records of a file to segments, and what is said about bytes that a file gives
 * twice; see hex_text.h.
 */
#include "hex_text.h"

#include <string.h>

/* Digits of an address in the records of the file. */
static int
address_digits(const fota_image *image)
{
	for (size_t i = 0; i < image->metadata_count; i++)
	{
		if (strcmp(image->metadata[i].name, "dialect") != 0)
			continue;
		if (strcmp(image->metadata[i].value, "s19") == 0)
			return 4;
		if (strcmp(image->metadata[i].value, "s28") == 0)
			return 6;
	}
	return 8;
}

/* 0x0008 */
static void
show_address(const fota_image *image, uint64_t address, char out[24])
{
	int			digits = address_digits(image);

	fota_format(out, 24, digits == 4 ? "0x%04llX" : digits == 6 ? "0x%06llX" : "0x%08llX", (unsigned long long) address);
}

/* Says (or, by waiver, warns) what was given twice. */
static fota_status
judge_twice(fota_ctx *ctx, const char *format, const fota_twice *twice, uint64_t first_line, uint64_t again_line,
			fota_overlap overlap, fota_image *image)
{
	unsigned long long first = first_line;
	char		address[24];

	show_address(image, twice->address, address);
	if (twice->differ == 0)
	{
		fota_image_warn(image, "repeated", again_line, FOTA_NOWHERE,
						"address %s is given again with the same value (first on line %llu); %llu bytes repeat",
						address, first, (unsigned long long) twice->same);
		return FOTA_OK;
	}
	if (overlap != FOTA_OVERLAP_ERROR)
	{
		fota_image_warn(image, "overlap", again_line, FOTA_NOWHERE,
						"address %s holds 0x%02X (line %llu) and 0x%02X, the %s counts; %llu bytes conflict",
						address, twice->first_value, first, twice->again_value,
						overlap == FOTA_OVERLAP_FIRST ? "first" : "last", (unsigned long long) twice->differ);
		return FOTA_OK;
	}
	fota_fail(ctx, FOTA_OVERLAP, FOTA_NOWHERE, again_line,
			  "%s line %llu: address %s already holds 0x%02X (line %llu), now 0x%02X; %llu bytes conflict",
			  format, (unsigned long long) again_line, address, twice->first_value, first,
			  twice->again_value, (unsigned long long) twice->differ);
	return fota_fail_hint(ctx, "The waiver overlap=first or overlap=last says which of them counts.");
}

/* Reads the file once more to learn the line of the byte at a place in the arena. */
static fota_status
line_of(fota_ctx *ctx, fota_bytes file, fota_hex_reader reader, const fota_image_options *options,
		fota_gather *gather, size_t place, uint64_t *line)
{
	fota_image *ignored = fota_alloc(ctx, sizeof(fota_image));
	fota_status status;

	if (ignored == NULL)
		return ctx->error.code;
	ignored->ctx = ctx;
	gather->watch = place;
	fota_gather_rewind(gather);
	status = reader(ctx, file, options, ignored, gather);
	*line = gather->watch_line;
	fota_image_free(ctx, ignored);
	fota_free(ctx, ignored);
	return status;
}

static fota_status
make_segments(fota_ctx *ctx, fota_bytes file, const char *format, fota_hex_reader reader,
			  const fota_image_options *options, fota_image *image, fota_gather *gather)
{
	size_t		most = options->limits.segments ? options->limits.segments : FOTA_MAX_SEGMENTS;
	fota_twice	twice;
	uint64_t	first_line = 0;
	uint64_t	again_line = 0;
	fota_status status = fota_gather_finish(gather, options->overlap, image, &twice);

	if (status == FOTA_OK && image->segment_count > most)
		status = fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "%s: %zu segments, at most %zu are allowed", format,
						   image->segment_count, most);
	if (status != FOTA_OK || twice.same + twice.differ == 0)
		return status;
	status = line_of(ctx, file, reader, options, gather, twice.first, &first_line);
	if (status == FOTA_OK)
		status = line_of(ctx, file, reader, options, gather, twice.again, &again_line);
	if (status != FOTA_OK)
		return status;
	return judge_twice(ctx, format, &twice, first_line, again_line, options->overlap, image);
}

fota_status
fota_hex_like(const fota_hex_text *text, const fota_hex_line *form, const uint8_t **p, uint64_t address,
			  fota_gather *gather, size_t *lines)
{
	size_t		most = *lines;
	size_t		at_once = FOTA_POLL_EVERY / form->data_size;

	*lines = 0;
	/* where the line of a byte is wanted, each line has to be told */
	if (!text->simd || gather->watch != SIZE_MAX || form->data_size % FOTA_HEX_RUN_UNIT != 0)
		return FOTA_OK;
	*lines = fota_hex_run(form, *p, text->end, most < at_once ? most : at_once, gather->arena + gather->used);
	if (*lines == 0)
		return FOTA_OK;
	*p += *lines * fota_hex_stride(form);
	return fota_gather_add(gather, address, *lines * form->data_size, 0);
}

fota_status
fota_hex_file(fota_ctx *ctx, fota_bytes file, size_t most, const char *format, fota_hex_reader reader,
			  const fota_image_options *options, fota_image *image)
{
	fota_gather gather;
	fota_status status = fota_gather_open(ctx, &gather, most);

	if (status == FOTA_OK)
		status = reader(ctx, file, options, image, &gather);
	if (status == FOTA_OK)
		status = make_segments(ctx, file, format, reader, options, image, &gather);
	for (size_t i = 0; i < image->segment_count; i++)
		image->segments[i].space = options->space;
	fota_gather_free(&gather);
	return status;
}
