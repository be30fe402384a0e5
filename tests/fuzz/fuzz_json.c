/* SPDX-License-Identifier: PostgreSQL */
/*
 * fuzz_json.c: the JSON reader on hostile bytes. Passing over and rewriting must agree, and the
 * canonical text of a canonical text is itself.
 */
#include "json.h"

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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fota_ctx	ctx = {.alloc = take, .free = give, .limit = 16 << 20};
	fota_json	r;
	fota_buf	once,
				twice;
	fota_status skipped,
				status;

	fota_json_open(&r, &ctx, data, size);
	skipped = fota_json_skip(&r);
	if (skipped == FOTA_OK)
		skipped = fota_json_end(&r);
	fota_buf_init(&once, 1 << 20);
	fota_buf_init(&twice, 1 << 20);
	status = fota_json_canonical(&ctx, data, size, &once);
	if (status != skipped)
		abort();
	if (status != FOTA_OK && (ctx.error.code != status || ctx.error.message[0] == '\0' || ctx.error.offset > size))
		abort();
	if (status == FOTA_OK && (fota_json_canonical(&ctx, once.data, once.size, &twice) != FOTA_OK ||
							  once.size != twice.size || memcmp(once.data, twice.data, once.size) != 0))
		abort();
	fota_buf_free(&ctx, &once);
	fota_buf_free(&ctx, &twice);
	if (ctx.used != 0)
		abort();
	return 0;
}
