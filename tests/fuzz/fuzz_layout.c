/* SPDX-License-Identifier: PostgreSQL */
/*
 * fuzz_layout.c: a layout and, behind a NUL, a file that it may describe. Layouts come from people and files from
 * strangers: both are refused with a text, or the file gives segments and members that lie inside it.
 */
#include "layout.h"

#include <stdlib.h>
#include <string.h>

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
check_refusal(const fota_ctx *ctx, fota_status status)
{
	if (status == FOTA_INTERNAL || ctx->error.code != status || ctx->error.message[0] == '\0')
		abort();
}

static void
check_image(fota_bytes file, const fota_image *image)
{
	uint64_t	bytes = 0;

	for (size_t i = 0; i < image->segment_count; i++)
		bytes += image->segments[i].size;
	if (bytes != image->bytes)
		abort();
	for (size_t i = 0; i < image->member_count; i++)
		if (image->members[i].offset > file.size || image->members[i].size > file.size - image->members[i].offset)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fota_ctx	ctx = {.alloc = take, .free = give, .limit = 64 << 20};
	const uint8_t *end = memchr(data, 0, size);
	fota_bytes	layout = {data, end != NULL ? (size_t) (end - data) : size};
	fota_bytes	file = {end != NULL ? end + 1 : data, end != NULL ? size - layout.size - 1 : 0};
	fota_image_options options = {0};
	fota_image	image;
	fota_status status = fota_layout_check(&ctx, layout);

	if (status != FOTA_OK)
		check_refusal(&ctx, status);
	/* a layout that was not checked must do no harm either */
	status = fota_layout_decode(&ctx, file, "mine", layout, &options, &image);
	if (status == FOTA_OK)
		check_image(file, &image);
	else
		check_refusal(&ctx, status);
	fota_image_free(&ctx, &image);
	if (ctx.used != 0)
		abort();
	return 0;
}
