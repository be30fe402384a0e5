/* SPDX-License-Identifier: PostgreSQL */
/* core_ctx.c: see core_ctx.h. */
#include "core_ctx.h"

#include <stdlib.h>
#include <string.h>

static void *
take(void *opaque, size_t size)
{
	(void) opaque;
	return malloc(size);
}

static void
give_back(void *opaque, void *ptr)
{
	(void) opaque;
	free(ptr);
}

void
core_ctx_init(fota_ctx *ctx, size_t limit)
{
	memset(ctx, 0, sizeof *ctx);
	ctx->alloc = take;
	ctx->free = give_back;
	ctx->limit = limit;
}
