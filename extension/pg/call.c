/* SPDX-License-Identifier: PostgreSQL */
/* call.c: how the core gets memory and interrupts, and how values pass between it and PostgreSQL. */
#include "fotapg.h"

#include "miscadmin.h"
#include "utils/tuplestore.h"

static void *
take(void *opaque, size_t size)
{
	return MemoryContextAllocExtended(opaque, size, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
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
