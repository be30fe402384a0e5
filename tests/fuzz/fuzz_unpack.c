/* SPDX-License-Identifier: PostgreSQL */
/*
 * fuzz_unpack.c: the decompressors on hostile bytes: the one that the first bytes name, and bare deflate. They end,
 * keep their limits, say why they refuse and lose no memory.
 */
#include "unpack.h"

#include <stdlib.h>

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
check(fota_ctx *ctx, fota_status status, uint64_t size)
{
	if (status == FOTA_OK ? size > 8 << 20 : status == FOTA_INTERNAL || ctx->error.code != status ||
		ctx->error.message[0] == '\0')
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fota_ctx	ctx = {.alloc = take, .free = give, .limit = (size_t) 512 << 20};
	fota_image_limits limits = {.unpacked = 8 << 20};
	fota_bytes	file = {data, size};
	fota_packing packing = fota_packing_of(file);
	fota_inflated result;
	fota_buf	out;

	fota_buf_init(&out, 0);
	if (packing != FOTA_PACKING_NONE)
		check(&ctx, fota_unpack(&ctx, packing, file, &limits, "it", &out), out.size);
	fota_buf_free(&ctx, &out);
	check(&ctx, fota_inflate(&ctx, file, &limits, "it", NULL, &result), result.size);
	if (ctx.used != 0)
		abort();
	return 0;
}
