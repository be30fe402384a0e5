/* SPDX-License-Identifier: PostgreSQL */
/* call.c: how the core gets memory and interrupts, and how values pass between it and PostgreSQL. */
#include "fotapg.h"

#include <sys/mman.h>

#include "miscadmin.h"
#include "utils/tuplestore.h"

/* Large blocks cost less in pages of 2 MiB than in many small ones, each of which is a fault. */
#define LARGE ((size_t) 8 << 20)
#define PAGE ((uintptr_t) 4096)

static void
prefer_large_pages(void *block, size_t size)
{
#ifdef MADV_HUGEPAGE
	uintptr_t	begin = ((uintptr_t) block + PAGE - 1) & ~(PAGE - 1);

	/* No more than a wish: what it returns does not matter. */
	(void) madvise((void *) begin, (size - PAGE) & ~(PAGE - 1), MADV_HUGEPAGE);
#endif
}

void *
fotapg_alloc_large(MemoryContext context, size_t size)
{
	void	   *block = MemoryContextAllocExtended(context, size, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);

	if (block != NULL && size >= LARGE)
		prefer_large_pages(block, size);
	return block;
}

static void *
take(void *opaque, size_t size)
{
	return fotapg_alloc_large(opaque, size);
}

static void
give_back(void *opaque, void *ptr)
{
	(void) opaque;
	pfree(ptr);
}

static int
poll(void *opaque)
{
	(void) opaque;
	CHECK_FOR_INTERRUPTS();
	return 0;
}

void
fotapg_ctx_init(fota_ctx *ctx, MemoryContext context, size_t limit)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->alloc = take;
	ctx->free = give_back;
	ctx->poll = poll;
	ctx->opaque = context;
	ctx->limit = limit;
}

fota_bytes
fotapg_bytes(struct varlena *value)
{
	return (fota_bytes) {(const uint8_t *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)};
}

text *
fotapg_text(const fota_buf *buf)
{
	return (text *) fotapg_bytea(buf->data, buf->size);
}

bytea *
fotapg_bytea(const void *data, size_t size)
{
	bytea	   *value = palloc(VARHDRSZ + size);

	SET_VARSIZE(value, VARHDRSZ + size);
	if (size > 0)
		memcpy(VARDATA(value), data, size);
	return value;
}

void
fotapg_rows_begin(FunctionCallInfo fcinfo, fotapg_rows *rows)
{
	ReturnSetInfo *info = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old;

	if (info == NULL || !IsA(info, ReturnSetInfo) || (info->allowedModes & SFRM_Materialize) == 0)
		ereport(ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("set-valued function called in context that cannot accept a set"),
				errhint("Call it in the FROM clause."));
	old = MemoryContextSwitchTo(info->econtext->ecxt_per_query_memory);
	/* The caller has asked the catalogue for the columns; we would only ask again. */
	if (info->expectedDesc == NULL && get_call_result_type(fcinfo, NULL, &info->expectedDesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	rows->desc = info->expectedDesc;
	rows->store = tuplestore_begin_heap((info->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
	MemoryContextSwitchTo(old);
	info->returnMode = SFRM_Materialize;
	info->setResult = rows->store;
}
